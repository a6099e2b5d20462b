import { describe, expect, it } from 'vitest';
import { overdueProbes, probesOf } from '../../../shared/compose/readiness-probes.ts';
import type { BrokerConfig, StorageAccount } from '../../../shared/config/broker-config.ts';
import type { Settings } from '../../../shared/config/settings.ts';
import type { IssuingPorts } from '../../../shared/issuing/issuing-ports.ts';
import type { RotationPorts } from '../../../shared/rotation/rotation-ports.ts';
import { account } from '../../fakes/configuration.ts';

const rotation = { every: 30 * 86_400, takeOver: true, overlap: 60, settle: 120, clockSkew: 30 };
const configOf = (...accounts: StorageAccount[]) =>
  ({ accounts: new Map(accounts.map((one) => [one.name, one])) }) as unknown as BrokerConfig;

describe('what readiness checks for', () => {
  it.each<[string, Partial<StorageAccount>, string[], string[]]>([
    ['an account with keys that are rotated', { rotation }, ['key of media'], ['rotation of media']],
    ['one whose keys are not rotated', {}, ['key of media'], []],
    ['one without keys', { keys: null }, [], []],
    ['one with allowSharedKeyAccess: false', { rotation, allowSharedKeyAccess: false }, [], []],
  ])('%s', (_what, parts, keys, rotations) => {
    const config = configOf(account(parts));
    const named = (probes: { name: string }[]) => probes.map(({ name }) => name);
    const issuing = { config, shard: 0 } as unknown as IssuingPorts;
    expect(named(probesOf(issuing))).toEqual(['audit', 'blocks', ...keys]);
    const settings = { requestTimeoutSeconds: 10 } as Settings;
    expect(named(overdueProbes({} as RotationPorts, config, settings))).toEqual(rotations);
  });
});
