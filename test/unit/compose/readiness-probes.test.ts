import { describe, expect, it } from 'vitest';
import { overdueProbes, probesOf } from '../../../shared/compose/readiness-probes.ts';
import type { BrokerConfig, StorageAccount } from '../../../shared/config/broker-config.ts';
import type { Settings } from '../../../shared/config/settings.ts';
import type { IssuingPorts } from '../../../shared/issuing/issuing-ports.ts';
import type { RotationPorts } from '../../../shared/rotation/rotation-ports.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { account } from '../../fakes/configuration.ts';
import { someJournal } from '../rotation/journal-samples.ts';

const rotation = { every: 30 * 86_400, takeOver: true, overlap: 60, settle: 120, clockSkew: 30 };
const configOf = (...accounts: StorageAccount[]) =>
  ({ accounts: new Map(accounts.map((one) => [one.name, one])) }) as unknown as BrokerConfig;

describe('what readiness checks for', () => {
  it.each<[string, Partial<StorageAccount>, string[], string[]]>([
    ['an account with keys that are rotated', { rotation }, ['key of media'], ['rotation of media']],
    ['one whose keys are not rotated', {}, ['key of media'], []],
    ['one without keys', { keys: null }, [], []],
    // Its user delegation keys can be revoked, and such an order may be overdue.
    [
      'one with allowSharedKeyAccess: false',
      { rotation, allowSharedKeyAccess: false },
      [],
      ['rotation of media'],
    ],
  ])('%s', (_what, parts, keys, rotations) => {
    const config = configOf(account(parts));
    const named = (probes: { name: string }[]) => probes.map(({ name }) => name);
    const issuing = { config, shard: 0 } as unknown as IssuingPorts;
    expect(named(probesOf(issuing))).toEqual(['audit', 'blocks', ...keys]);
    const settings = { requestTimeoutSeconds: 10 } as Settings;
    expect(named(overdueProbes({} as RotationPorts, config, settings))).toEqual(rotations);
  });

  it('reports a revocation that is overdue since its order', async () => {
    const at = new Date('2026-11-22T12:00:00Z');
    const request = { by: 'local/otto', byName: null, reason: 'leaked', at };
    const journal = someJournal({ compromised: ['key1'], request, dueAt: null });
    const journals = { load: () => Promise.resolve({ journal, etag: '1' }) };
    const settings = { requestTimeoutSeconds: 10 } as Settings;
    const ports = { journals } as unknown as RotationPorts;
    const [probe] = overdueProbes(ports, configOf(account({ rotation })), settings);
    const later = addSeconds(at, 20 * 86_400);
    expect(await probe?.run(at, later)).toBeNull();
    expect(await probe?.run(later, later)).toBe('overdue');
  });
});
