import { withTimeout } from '../azure-calls/timeout.ts';
import { SERVICES, type Service } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { DeathProof } from '../deaths/death.ts';
import type { DelegationProbes } from '../keys/delegation-probes.ts';
import type { KeyProbe } from '../rotation/managed-keys.ts';
import type { Evidence } from './proof-memory.ts';

/** What storage answered: `refused` is true if all services that answered refused, and at least one did. */
export type Tried = Omit<DeathProof, 'at'>;

export interface TryPorts {
  readonly probe: KeyProbe;
  readonly delegationProbes: DelegationProbes;
  readonly clock: () => Date;
}

interface Answer {
  readonly service: Service;
  /** Null if the service did not answer, or answered something else. */
  readonly refused: boolean | null;
}

/**
 * Tries evidence against storage: a key on every endpoint of the account, probes on theirs. A service that does not answer
 * within `timeoutMs` does not count.
 * @returns null if no service answered.
 */
export async function tryEvidence(
  { probe, delegationProbes, clock }: TryPorts,
  account: StorageAccount,
  { tried }: Evidence,
  timeoutMs: number,
): Promise<Tried | null> {
  const tries =
    'key' in tried
      ? SERVICES.map((service) => ({
          service,
          ask: async () => !(await probe.opens(account, tried.key, service)),
        }))
      : tried.probes.map((one) => ({
          service: one.service,
          ask: () => delegationProbes.isRefused(one, clock()),
        }));
  return summarize(
    await Promise.all(
      tries.map(async ({ service, ask }): Promise<Answer> => ({
        service,
        refused: await withTimeout(timeoutMs, ask).catch(() => null),
      })),
    ),
  );
}

function summarize(answers: readonly Answer[]): Tried | null {
  const known = answers.filter(({ refused }) => refused !== null);
  if (known.length === 0) return null;
  return {
    refused: known.every(({ refused }) => refused === true),
    on: known.map(({ service }) => service),
  };
}
