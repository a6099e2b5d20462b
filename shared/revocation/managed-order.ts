import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { changeJournal } from '../rotation/change-journal.ts';
import { loadOrObserve } from '../rotation/request-rotation.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';
import { planHash } from './lever.ts';
import type { RevocationOrder } from './revocation-request.ts';
import type { RevocationTarget } from './revocation-target.ts';

/** An order for an account that this broker manages. */
export interface ManagedOrder extends RevocationOrder {
  readonly target: RevocationTarget;
  readonly account: StorageAccount;
  readonly waits: RotationWaits;
}

/** A journal as it was read, in which the lever is still what the operator was shown. */
export interface AgreedJournal {
  readonly journal: RotationJournal;
  readonly etag: string | null;
}

/**
 * Reads the account's journal and checks that the order still fits it. An account without a journal is observed first,
 * because nothing may be assumed about its keys.
 * @throws BrokerError `conflict` if it does not fit; `storage_unavailable`.
 */
export async function loadAgreedJournal(ports: RotationPorts, order: ManagedOrder): Promise<AgreedJournal> {
  const { account, waits } = order;
  const known = await ports.journals.load(account.name);
  assertAgreed(order, known.journal);
  const { journal, etag } = known.journal === null ? await loadOrObserve(ports, account, waits) : known;
  if (journal !== null) return { journal, etag };
  throw new BrokerError('storage_unavailable', 'The keys of this account could not be read. Try again.');
}

/**
 * Changes the journal under its ETag. If another instance was faster, the order must fit the new journal as well.
 * @returns the journal as it is then.
 * @throws BrokerError `conflict`, `storage_unavailable`.
 */
export async function changeAgreedJournal(
  ports: RotationPorts,
  order: ManagedOrder,
  agreed: AgreedJournal,
  change: (journal: RotationJournal) => RotationJournal,
): Promise<RotationJournal> {
  const reload = () => loadAgreedJournal(ports, order);
  const { journal } = await changeJournal(ports.journals, agreed, reload, change);
  return journal ?? agreed.journal;
}

/** Describes an order in an event: `regenerate-key of key1, forced without a plan: leaked`. */
export function orderText({ lever, planHash: hash, reason }: ManagedOrder, what: string): string {
  return `${what === '' ? lever : `${lever} of ${what}`}${hash === null ? ', forced without a plan' : ''}: ${reason}`;
}

function assertAgreed(
  { target, lever, planHash: agreed }: ManagedOrder,
  journal: RotationJournal | null,
): void {
  if (agreed === null || agreed === planHash(target, lever, journal)) return;
  // The reply must not contain the present hash: whoever replays it acts on a plan that nobody has seen.
  throw new BrokerError(
    'conflict',
    `What ${lever} does here has changed since that plan. Read a new plan, and act with its planHash.`,
  );
}
