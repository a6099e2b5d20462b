import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { delegationProbes, issuerProbes } from '../../../shared/compose/dependency-probes.ts';
import { parseBrokerConfig } from '../../../shared/config/load-broker-config.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { DelegationKey } from '../../../shared/keys/signing-keys.ts';
import { validDocument } from '../config/config-document.ts';

const now = new Date('2026-11-22T12:00:00Z');

function configWith(grants: object[], accounts: object[] = []) {
  const document = validDocument();
  const filled = grants.map((grant, index) => ({ ...document.grants[0], id: `g${index}`, ...grant }));
  const all = [...document.accounts, ...accounts];
  const result = parseBrokerConfig(JSON.stringify({ ...document, accounts: all, grants: filled }));
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value.config;
}

const old = {
  name: 'old',
  resourceId: validDocument().accounts[1]!.resourceId.replace('lake', 'old'),
  sasVersion: '2024-11-04',
};

describe('the probes for user delegation keys', () => {
  it.each<[string, object[], string[]]>([
    [
      'accounts and services of grants',
      [{ resources: ['media/blob/a/**', 'lake/blob/b'] }],
      ['media/blob', 'lake/blob'],
    ],
    ['one for two grants', [{}, {}], ['media/blob']],
    [
      'queues and files',
      [{ resources: ['lake/queue/q', 'lake/file/s'], permissions: 'r' }],
      ['lake/queue', 'lake/file'],
    ],
    ['no grant in force', [{ mode: 'report' }], []],
    ['no grant with such tokens', [{ kinds: ['service'] }], []],
    ['a service without such tokens', [{ resources: ['lake/table/t'], permissions: 'r' }], []],
    [
      'a version without such tokens',
      [{ resources: ['old/queue/q', 'old/blob/b'], permissions: 'r' }],
      ['old/blob'],
    ],
  ])('%s', (_, grants, expected) => {
    const probes = delegationProbes(configWith(grants, [old]), { keyFor: () => Promise.reject(new Error()) });
    expect(probes.map(({ name }) => name)).toEqual(expected.map((place) => `delegation key of ${place}`));
    expect(probes.some(({ essential }) => essential)).toBe(false);
  });

  it('ask once a minute while storage refuses, and then again', async () => {
    let refuses = true;
    const asked: Date[] = [];
    const [probe] = delegationProbes(configWith([{}]), {
      keyFor: (_account, _service, until, at) => {
        expect(until).toEqual(addSeconds(at, 60));
        asked.push(at);
        return refuses
          ? Promise.reject(new BrokerError('storage_unavailable', 'no'))
          : Promise.resolve({} as DelegationKey);
      },
    });
    const runAfter = (seconds: number) => probe!.run(addSeconds(now, seconds), now);
    for (const seconds of [0, 10, 59])
      await expect(runAfter(seconds)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(asked).toHaveLength(1);
    refuses = false;
    expect(await runAfter(60)).toBeNull();
    // The cache of keys answers from now on, so nothing is held back.
    expect(await runAfter(61)).toBeNull();
    expect(asked).toHaveLength(3);
  });
});

describe('the probes for issuers', () => {
  it('read the keys of each issuer', async () => {
    const asked: string[] = [];
    const readKeys = (issuer: string) => {
      asked.push(issuer);
      return Promise.reject(new BrokerError('identity_provider_unavailable', 'no'));
    };
    const [probe, ...others] = issuerProbes(configWith([{}]), { readKeys });
    expect([probe!.name, probe!.essential, others]).toEqual(['issuer entra', false, []]);
    for (const seconds of [0, 30])
      await expect(probe!.run(addSeconds(now, seconds), now)).rejects.toMatchObject({
        code: 'identity_provider_unavailable',
      });
    expect(asked).toEqual(['https://login.microsoftonline.com/t1/v2.0']);
  });
});
