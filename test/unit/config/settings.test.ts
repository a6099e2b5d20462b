import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readSettings } from '../../../shared/config/settings.ts';

const NEEDED = {
  KEY_VAULT_URL: 'https://vault.contoso.net/',
  AUDIT_TABLE_URL: 'https://audit.table.core.windows.net/TokenAudit',
  STATE_TABLE_URL: 'https://127.0.0.1:10002/brokerstate/State1/',
};

const faultsOf = (environment: Record<string, string | undefined>) => {
  const result = readSettings(environment);
  return result.ok ? [] : result.fault.map(({ path, message }) => `${path}: ${message}`);
};

const NOT_NCRONTAB = 'must be an NCRONTAB expression such as "0 */5 * * * *"; a time span is not supported';

describe('readSettings', () => {
  test('requires the vault and two tables, and has a default for every other setting', () => {
    expect(readSettings(NEEDED)).toEqual({
      ok: true,
      value: {
        brokerConfigPath: 'broker.json',
        keyVaultUrl: 'https://vault.contoso.net',
        auditTable: { endpoint: 'https://audit.table.core.windows.net', table: 'TokenAudit' },
        stateTable: { endpoint: 'https://127.0.0.1:10002/brokerstate', table: 'State1' },
        requestTimeoutSeconds: 10,
        resourceManagerUrl: null,
        rotationSchedule: '0 */5 * * * *',
        auditRetention: null,
        purgeSchedule: '0 17 * * * *',
        signerClientId: null,
        rotatorClientId: null,
        purgerClientId: null,
        trustedProxyHops: 0,
      },
    });
  });

  test('reads every variable', () => {
    const result = readSettings({
      ...NEEDED,
      BROKER_CONFIG: '.local/broker.json',
      REQUEST_DEADLINE: 'PT5S',
      RESOURCE_MANAGER_URL: 'https://127.0.0.1:10013',
      ROTATION_SCHEDULE: '*/10 * * * * *',
      AUDIT_RETENTION: 'P400D',
      PURGE_SCHEDULE: '0 5 3 * * *',
      SIGNER_CLIENT_ID: '0c0ffee0-0000-4000-8000-0000000000b1',
      ROTATOR_CLIENT_ID: '0c0ffee0-0000-4000-8000-0000000000b2',
      PURGER_CLIENT_ID: '0c0ffee0-0000-4000-8000-0000000000b4',
      TRUSTED_PROXY_HOPS: '1',
    });
    expect(result).toMatchObject({
      ok: true,
      value: {
        brokerConfigPath: '.local/broker.json',
        requestTimeoutSeconds: 5,
        resourceManagerUrl: 'https://127.0.0.1:10013',
        rotationSchedule: '*/10 * * * * *',
        auditRetention: 34_560_000,
        purgeSchedule: '0 5 3 * * *',
        signerClientId: '0c0ffee0-0000-4000-8000-0000000000b1',
        rotatorClientId: '0c0ffee0-0000-4000-8000-0000000000b2',
        purgerClientId: '0c0ffee0-0000-4000-8000-0000000000b4',
        trustedProxyHops: 1,
      },
    });
  });

  test('reports every fault at once', () => {
    expect(faultsOf({ REQUEST_DEADLINE: 'soon', TRUSTED_PROXY_HOPS: '-1', KEY_VAULT_URL: ' ' })).toEqual([
      'KEY_VAULT_URL: is required',
      'AUDIT_TABLE_URL: is required',
      'STATE_TABLE_URL: is required',
      'REQUEST_DEADLINE: must be an ISO 8601 duration such as "PT10S", or whole seconds',
      'TRUSTED_PROXY_HOPS: must be a whole number from 0 to 10',
    ]);
  });

  test.each([
    ['KEY_VAULT_URL', 'http://vault.contoso.net', 'must be an absolute https:// URL'],
    [
      'AUDIT_TABLE_URL',
      'https://audit.table.core.windows.net/',
      "must end with the table's name: a letter, then 2 to 62 letters and digits",
    ],
    [
      'AUDIT_TABLE_URL',
      'https://audit.table.core.windows.net/a-b',
      "must end with the table's name: a letter, then 2 to 62 letters and digits",
    ],
    ['STATE_TABLE_URL', 'https://h/State?sv=1', 'must not have a query or fragment'],
    ['REQUEST_DEADLINE', '0', 'must be at least PT1S'],
    ['REQUEST_DEADLINE', 'PT3M', 'must be at most PT2M'],
    ['RESOURCE_MANAGER_URL', 'https://a:b@h', 'must not have a user or password'],
    ['ROTATION_SCHEDULE', 'every day', NOT_NCRONTAB],
    // https://learn.microsoft.com/azure/azure-functions/functions-bindings-timer#timespan
    ['ROTATION_SCHEDULE', '00:05:00', NOT_NCRONTAB],
    ['PURGE_SCHEDULE', '1:00:00', NOT_NCRONTAB],
    ['AUDIT_RETENTION', 'PT0S', 'must be at least PT1S'],
    ['AUDIT_RETENTION', 'P1Y', 'must be an ISO 8601 duration such as "PT10S", or whole seconds'],
    ['PURGE_SCHEDULE', 'hourly', NOT_NCRONTAB],
    [
      'PURGER_CLIENT_ID',
      'a b',
      'must be the client id of a managed identity: 1 to 64 letters, digits and "-"',
    ],
    [
      'SIGNER_CLIENT_ID',
      'a b',
      'must be the client id of a managed identity: 1 to 64 letters, digits and "-"',
    ],
  ])('rejects %s=%s', (name, value, message) => {
    expect(faultsOf({ ...NEEDED, [name]: value })).toEqual([`${name}: ${message}`]);
  });

  test('accepts a retention that is too short to be used as it is', () => {
    expect(readSettings({ ...NEEDED, AUDIT_RETENTION: 'PT1M' })).toMatchObject({
      ok: true,
      value: { auditRetention: 60 },
    });
  });

  test('never throws and never repeats a value', () => {
    const names = ['AUDIT_TABLE_URL', 'AUDIT_RETENTION', 'ROTATION_SCHEDULE', 'TRUSTED_PROXY_HOPS'];
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.string({ minLength: 4 }), (name, noise) => {
        const value = `<${noise}>`;
        for (const fault of faultsOf({ ...NEEDED, [name]: value })) expect(fault).not.toContain(value);
      }),
    );
  });
});
