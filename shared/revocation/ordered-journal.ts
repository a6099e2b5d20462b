import { BrokerError } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { advanceRotation } from '../rotation/advance-rotation.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';
import { planHash } from './lever.ts';
import type { RevocationOrder } from './revocation-request.ts';
import type { RevocationTarget } from './revocation-target.ts';

/** An order for an account that this broker manages. */
export interface ManagedOrder {
  readonly target: RevocationTarget;
  readonly account: StorageAccount;
  readonly order: RevocationOrder;
  readonly waits: RotationWaits;
}

/** A journal that is what the operator was shown, as it was read. */
export interface Agreed {
  readonly journal: RotationJournal;
  readonly etag: string | null;
}

/** Another instance may save in between, but not for ever. */
const TRIES = 5;

/**
 * The account's journal, where the order still fits it. An account that was never looked at is looked at first: what
 * its keys are is not to be assumed.
 * @throws BrokerError `conflict` with the lever's present hash; `storage_unavailable`.
 */
export async function loadAgreedJournal(ports: RotationPorts, order: ManagedOrder): Promise<Agreed> {
  const { account, waits } = order;
  const { journal, etag } = await ports.journals.load(account.name);
  assertAgreed(order, journal);
  if (journal !== null) return { journal, etag };
  await advanceRotation(ports, account, waits);
  const first = await ports.journals.load(account.name);
  if (first.journal !== null) return { journal: first.journal, etag: first.etag };
  throw new BrokerError('storage_unavailable', 'The account’s keys could not be looked at; try again.');
}

/**
 * Changes the journal under its ETag. Where another instance was faster, the order must fit the new one as well.
 * @returns the journal as it is then.
 */
export async function changeAgreedJournal(
  ports: RotationPorts,
  order: ManagedOrder,
  agreed: Agreed,
  change: (journal: RotationJournal) => RotationJournal,
): Promise<RotationJournal> {
  let { journal, etag } = agreed;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const saved = await ports.journals.save(change(journal), etag);
    if (saved?.journal) return saved.journal;
    ({ journal, etag } = await loadAgreedJournal(ports, order));
  }
  throw new BrokerError('conflict', 'The account’s rotation is busy; try again.');
}

function assertAgreed({ target, order }: ManagedOrder, journal: RotationJournal | null): void {
  const { lever } = order;
  const hash = planHash(target, lever, journal);
  if (order.planHash === null || order.planHash === hash) return;
  throw new BrokerError(
    'conflict',
    `What ${lever} does here has changed since that plan. Look at a new one; its planHash is now ${hash}.`,
    { members: { lever, planHash: hash } },
  );
}
