import { describe, expect, test } from 'vitest';
import { auditRetention } from '../../../shared/config/audit-retention.ts';
import type { BrokerConfig, Grant, StorageAccount } from '../../../shared/config/broker-config.ts';
import { account, grant } from '../../fakes/configuration.ts';

const DAY = 86_400;

function config(grants: Grant[], accounts: StorageAccount[] = [account()]): BrokerConfig {
  const parts = { grants, accounts: new Map(accounts.map((one) => [one.name, one])) };
  return parts as unknown as BrokerConfig;
}

/** What the shortest possible retention is, in seconds. */
const least = (of: BrokerConfig): number => auditRetention(1, of).keptSeconds;

const rotated = (parts: Partial<StorageAccount>, clockSkew = 300): StorageAccount =>
  account({ rotation: { every: 30 * DAY, takeOver: true, overlap: DAY, settle: 120, clockSkew }, ...parts });

describe('the shortest retention', () => {
  test('is a day if tokens live for less', () => {
    expect(least(config([]))).toBe(DAY);
    expect(least(config([grant({ maxTtl: 3600 })]))).toBe(DAY);
  });

  test('is the longest life of a grant’s tokens, with a start in the future, and the clock skew', () => {
    const grants = [grant({ maxTtl: 3600 }), grant({ maxTtl: 3 * DAY, maxAhead: 900 })];
    expect(least(config(grants))).toBe(3 * DAY + 900 + 300);
  });

  test('a grant in report mode counts too', () => {
    expect(least(config([grant({ maxTtl: 2 * DAY, maxAhead: 0, mode: 'report' })]))).toBe(2 * DAY + 300);
  });

  test('user delegation SAS live for less than seven days from their issue, whatever the grant says', () => {
    const long = grant({ maxTtl: 7 * DAY, maxAhead: DAY, kinds: ['user-delegation'] });
    expect(least(config([long]))).toBe(7 * DAY - 3600 + 300);
  });

  test('service and account SAS live as long as their account allows', () => {
    const accounts = [
      rotated({ name: 'media', maxTokenTtl: 2 * DAY }),
      rotated({ name: 'archive', maxTokenTtl: 30 * DAY }),
    ];
    const service = grant({ maxTtl: 60 * DAY, kinds: ['service'] });
    expect(least(config([service], accounts))).toBe(2 * DAY + 300);
    const both = grant({ maxTtl: 60 * DAY, kinds: ['service', 'user-delegation'] });
    expect(least(config([both], accounts))).toBe(7 * DAY - 3600 + 300);
    const scope = { account: 'archive', services: new Set<never>(), resourceTypes: new Set<never>() };
    const accountSas = grant({ maxTtl: 60 * DAY, resources: [], kinds: ['account'], accountSas: [scope] });
    expect(least(config([accountSas], accounts))).toBe(30 * DAY + 300);
    expect(least(config([{ ...accountSas, maxTtl: 10 * DAY, maxAhead: 60 }], accounts))).toBe(
      10 * DAY + 60 + 300,
    );
  });

  test('the largest clock skew of all accounts counts', () => {
    const accounts = [account({ name: 'media' }), rotated({ name: 'archive' }, 900)];
    expect(least(config([grant({ maxTtl: 2 * DAY, maxAhead: 0 })], accounts))).toBe(2 * DAY + 900);
  });
});

describe('AUDIT_RETENTION', () => {
  const week = config([grant({ maxTtl: 7 * DAY })]);

  test('counts if it is long enough', () => {
    const enough = 7 * DAY - 3600 + 300;
    expect(auditRetention(enough, week)).toEqual({ keptSeconds: enough, warning: null });
    expect(auditRetention(400 * DAY, week)).toEqual({ keptSeconds: 400 * DAY, warning: null });
  });

  test('is lengthened if it is too short, with a warning', () => {
    const { keptSeconds, warning } = auditRetention(6 * DAY, week);
    expect(keptSeconds).toBe(7 * DAY - 3600 + 300);
    expect(warning).toEqual({
      path: 'AUDIT_RETENTION',
      message:
        'is less than the shortest possible retention of P6DT23H5M, so rows are kept for that long; set it to P6DT23H5M or more',
    });
  });
});
