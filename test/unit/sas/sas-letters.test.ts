import { describe, expect, it } from 'vitest';
import {
  accountLetters,
  allowedLetters,
  ORDER,
  PERMISSION_LETTERS,
} from '../../../shared/azure/permissions.ts';
import { type Resource, scopeOf, type ServiceResource } from '../../../shared/azure/resources.ts';
import { SERVICES } from '../../../shared/azure/services.ts';
import { parseSasQuery } from '../../../shared/sas/sas-query.ts';
import { sign } from '../../../shared/sas/sign-token.ts';
import { account } from '../../fakes/configuration.ts';
import { accountKey, authorizedToken, delegationKey } from './sas-samples.ts';

const container = { account: 'media', service: 'blob', container: 'fs' } as const;
const share = { account: 'media', service: 'file', share: 'docs' } as const;

/**
 * Letters in Azure's order, of a flat account and of a hierarchical one: create-service-sas and
 * create-user-delegation-sas, "Specify permissions"; ownership and permissions (o, p) are of hierarchical accounts.
 */
const OF_SERVICES: [string, ServiceResource, string, string][] = [
  ['container', container, 'racwdxyltfmei', 'racwdxyltfmeopi'],
  ['blob', { ...container, blob: 'a' }, 'racwdxytmei', 'racwdxytmeopi'],
  ['directory', { ...container, directory: 'a' }, '', 'racwdlmeop'],
  ['queue', { account: 'media', service: 'queue', queue: 'jobs' }, 'raup', 'raup'],
  ['table', { account: 'media', service: 'table', table: 'Inventory' }, 'raud', 'raud'],
  ['share', share, 'rcwdl', 'rcwdl'],
  ['file', { ...share, file: 'a' }, 'rcwd', 'rcwd'],
];

/** create-account-sas, "Account SAS permissions by operation". */
const OF_ACCOUNTS: Record<(typeof SERVICES)[number], string> = {
  blob: 'rwdxylactfi',
  queue: 'rwdlaup',
  table: 'rwdlau',
  file: 'rwdlc',
};

const reversed = (letters: string) => Array.from(letters).reverse().join('');
const rows = OF_SERVICES.flatMap(([what, resource, flat, hierarchical]) =>
  PERMISSION_LETTERS.map((letter) => ({ what, resource, flat, hierarchical, letter })),
);

function spOf(resource: Resource, permissions: string, delegated = false): string | undefined {
  const kind = 'service' in resource ? (delegated ? 'user-delegation' : 'service') : 'account';
  const token = authorizedToken({ kind, resource, permissions, account: account({ hierarchical: true }) });
  return parseSasQuery(sign(token, delegated ? delegationKey() : accountKey(), null).query).get('sp');
}

describe('a letter', () => {
  it.each(rows)('$letter of a $what is taken where Azure has it, and nowhere else', (row) => {
    const { resource, flat, hierarchical, letter } = row;
    const allowed = (isHierarchical: boolean) =>
      allowedLetters(resource.service, scopeOf(resource), isHierarchical).has(letter);

    expect([allowed(false), allowed(true)]).toEqual([flat.includes(letter), hierarchical.includes(letter)]);
    if (hierarchical.includes(letter)) expect(spOf(resource, letter)).toBe(letter);
    else if (!ORDER[resource.service].includes(letter)) expect(() => spOf(resource, letter)).toThrow();
  });

  it.each(SERVICES.flatMap((service) => PERMISSION_LETTERS.map((letter) => ({ service, letter }))))(
    '$letter in an account SAS for $service is accepted exactly if Azure has it',
    ({ service, letter }) => {
      const has = OF_ACCOUNTS[service].includes(letter);
      expect(accountLetters([service]).has(letter)).toBe(has);
      const resource: Resource = { account: 'media', services: [service], resourceTypes: ['object'] };
      if (has) expect(spOf(resource, letter)).toBe(letter);
    },
  );
});

describe('all letters of one resource', () => {
  it.each(OF_SERVICES)(
    'are signed in Azure’s order, whatever order the request has: %s',
    (what, resource, _, letters) => {
      expect(spOf(resource, reversed(letters))).toBe(letters);
      if (what !== 'table') expect(spOf(resource, reversed(letters), true)).toBe(letters);
    },
  );

  it.each(SERVICES)(
    'are signed in Azure’s order, whatever order the request has: an account SAS for %s',
    (service) => {
      const resource: Resource = { account: 'media', services: [service], resourceTypes: ['object'] };
      expect(spOf(resource, reversed(OF_ACCOUNTS[service]))).toBe(OF_ACCOUNTS[service]);
    },
  );

  it('of an account SAS for all services', () => {
    const resource: Resource = { account: 'media', services: SERVICES, resourceTypes: ['object'] };
    expect(spOf(resource, reversed('rwdxylacuptfi'))).toBe('rwdxylacuptfi');
  });
});
