import { describe, expect, it } from 'vitest';
import { RESOURCE_TYPES, type Service, SERVICES } from '../../../shared/azure/services.ts';
import { accountResourceFaults } from '../../../shared/requests/account-names.ts';
import { accountResourceSchema } from '../../../shared/requests/resource-schemas.ts';
import { accountUrl } from '../../../shared/requests/resource-url.ts';
import { account } from '../../fakes/configuration.ts';

const whole = { services: SERVICES, resourceTypes: RESOURCE_TYPES };

describe('the resource of an account SAS', () => {
  it('has a strict shape', () => {
    expect(accountResourceSchema.safeParse(whole).success).toBe(true);
    expect(accountResourceSchema.safeParse({ ...whole, service: 'blob' }).success).toBe(false);
    expect(accountResourceSchema.safeParse({ ...whole, services: [] }).success).toBe(false);
    expect(accountResourceSchema.safeParse({ ...whole, services: ['dfs'] }).success).toBe(false);
    expect(accountResourceSchema.safeParse({ ...whole, resourceTypes: ['blob'] }).success).toBe(false);
    expect(accountResourceSchema.safeParse({ services: ['blob'] }).success).toBe(false);
  });

  it('must not list anything twice', () => {
    expect(accountResourceFaults(whole)).toEqual([]);
    expect(
      accountResourceFaults({ services: ['blob', 'queue', 'blob'], resourceTypes: ['object', 'object'] }),
    ).toEqual([
      { path: 'services', message: 'must list blob only once' },
      { path: 'resourceTypes', message: 'must list object only once' },
    ]);
  });

  it.each<[Service[], string]>([
    [['file', 'table', 'queue', 'blob'], 'blob'],
    [['file', 'table', 'queue'], 'queue'],
    [['file', 'table'], 'table'],
    [['file'], 'file'],
  ])('has the endpoint of the first service of %j', (services, first) => {
    const url = accountUrl(account(), { account: 'media', services, resourceTypes: ['object'] });
    expect(url).toBe(`https://media.${first}.core.windows.net/`);
  });
});
