import { forEachConcurrently } from '../azure-calls/concurrency.ts';
import { clockSkewOf, type StorageAccount } from '../config/broker-config.ts';
import type { Death } from '../deaths/death.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { type RotationWaits, rotationWaits } from '../rotation/rotation-waits.ts';

/** What a plan must know of an account. */
export interface AccountFacts {
  readonly account: StorageAccount;
  /** Null if the broker does not manage the account's keys. */
  readonly waits: RotationWaits | null;
  /** Null if the broker has not observed the account yet, or does not manage its keys. */
  readonly journal: RotationJournal | null;
  readonly deaths: readonly Death[];
  /** In seconds. */
  readonly clockSkew: number;
}

const READS_AT_ONCE = 16;

/**
 * Reads what is known of each account, by name.
 * @throws BrokerError `storage_unavailable`.
 */
export async function loadAccountFacts(
  { journals, deaths }: Pick<RotationPorts, 'journals' | 'deaths'>,
  accounts: readonly StorageAccount[],
  requestTimeoutSeconds: number,
  deadline: Date,
): Promise<ReadonlyMap<string, AccountFacts>> {
  const facts = new Map<string, AccountFacts>();
  await forEachConcurrently(accounts, READS_AT_ONCE, async (account) => {
    const waits = rotationWaits(account, requestTimeoutSeconds);
    const [entry, dead] = await Promise.all([
      waits === null ? null : journals.load(account.name),
      deaths.list(account.name, deadline),
    ]);
    facts.set(account.name, {
      account,
      waits,
      journal: entry?.journal ?? null,
      deaths: dead,
      clockSkew: clockSkewOf(account),
    });
  });
  return facts;
}
