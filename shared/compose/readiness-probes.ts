import { type BrokerConfig, signsWithKeys } from '../config/broker-config.ts';
import type { Settings } from '../config/settings.ts';
import type { IssuingPorts } from '../issuing/issuing-ports.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { isOverdue } from '../rotation/is-overdue.ts';
import { tickFault } from '../rotation/tick-log.ts';
import { rotationWaits } from '../rotation/rotation-waits.ts';
import type { Probe } from './readiness.ts';

/** No verified caller has an empty subject. */
const NOBODY = { issuer: '', subject: '' };

/** Probes for overdue rotations and revocations. Neither stops a token, but an operator must look at it. */
export function overdueProbes(rotation: RotationPorts, config: BrokerConfig, settings: Settings): Probe[] {
  return [...config.accounts.values()].flatMap((account) => {
    const waits = rotationWaits(account, settings.requestTimeoutSeconds);
    if (waits === null) return [];
    const run = async (now: Date) => {
      const { journal } = await rotation.journals.load(account.name);
      return journal !== null && isOverdue(account, journal, waits, now) ? 'overdue' : null;
    };
    return [{ name: `rotation of ${account.name}`, essential: false, run }];
  });
}

/** A probe for the timer that rotates keys. While it stands still, nothing is rotated and no order is finished. */
export function tickProbe({ ticks }: Pick<RotationPorts, 'ticks'>, watchedSince: Date): Probe {
  const run = async (now: Date) => tickFault(await ticks.load(), watchedSince, now);
  return { name: 'timer rotateKeys', essential: false, run };
}

/** Probes for the audit table and the blocks, without which no token can be issued, and for the key of each account. */
export function probesOf({ config, audit, blocks, accountKeys, shard }: IssuingPorts): Probe[] {
  const nowhere = { shard, hour: '2000010100', fingerprint: '0'.repeat(64), suffix: 'a'.repeat(8) };
  const keyed = [...config.accounts.values()].filter(signsWithKeys);
  return [
    {
      name: 'audit',
      essential: true,
      run: async (_now, deadline) => {
        await audit.find(nowhere, deadline);
        return null;
      },
    },
    {
      name: 'blocks',
      essential: true,
      run: async (now) => {
        await blocks.blockOf(NOBODY, now);
        return null;
      },
    },
    ...keyed.map((account) => ({
      name: `key of ${account.name}`,
      essential: false,
      run: async (now: Date) => {
        await accountKeys.current(account, now);
        return null;
      },
    })),
  ];
}
