import { BrokerError } from '../broker-error.ts';
import { addSeconds } from '../iso-time.ts';
import { changeJournal } from '../rotation/change-journal.ts';
import { loadOrObserve } from '../rotation/request-rotation.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import type { RotationWaits } from '../rotation/rotation-waits.ts';
import type { RevocationCall } from './revocation-ports.ts';
import type { Death } from '../deaths/death.ts';
import { assertSameGeneration } from './assert-same-generation.ts';
import { delegationGeneration, keyGeneration, type LeverGeneration } from './lever.ts';
import type { RevocationOrder } from './revocation-request.ts';

/** An order for an account that this broker manages. */
export interface ManagedOrder extends RevocationOrder {
  readonly waits: RotationWaits;
}

/** A journal as it was read, in which the lever is still what the operator was shown. */
export interface AgreedJournal {
  readonly journal: RotationJournal;
  readonly etag: string | null;
  /** Those of the account, read once: this order adds its own. Empty for levers that do not depend on them. */
  readonly deaths: readonly Death[];
}

/**
 * Reads the account's journal and checks that the order still fits it. An account without a journal is observed first,
 * because nothing may be assumed about its keys.
 * @param known the deaths that were read before; null reads them.
 * @throws BrokerError `conflict` if it does not fit; `storage_unavailable`.
 */
export async function loadAgreedJournal(
  ports: RotationPorts,
  order: ManagedOrder,
  known: readonly Death[] | null = null,
): Promise<AgreedJournal> {
  const { account, waits } = order;
  const deaths = known ?? (await deathsFor(ports, order));
  const loaded = await ports.journals.load(account.name);
  assertSameGeneration(order, generationOf(order, loaded.journal, deaths));
  const { journal, etag } = loaded.journal === null ? await loadOrObserve(ports, account, waits) : loaded;
  if (journal !== null) return { journal, etag, deaths };
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
  const reload = () => loadAgreedJournal(ports, order, agreed.deaths);
  const { journal } = await changeJournal(ports.journals, agreed, reload, change);
  return journal ?? agreed.journal;
}

/**
 * Records an order before anything is changed: without the audit table, nothing is revoked.
 * @throws BrokerError `audit_unavailable`.
 */
export async function recordOrder(
  { events, clock, log }: RotationPorts,
  { account }: ManagedOrder,
  { phase, active }: RotationJournal,
  { by, byName, deadline }: RevocationCall,
  detail: string,
): Promise<void> {
  const type = 'revocation';
  const actor = { actor: by, actorName: byName };
  await events.appendEvent(
    { at: clock(), type, account: account.name, ...actor, phase, activeKey: active, detail },
    deadline,
  );
  log('event recorded', { type, account: account.name, actor: by, detail });
}

/** Returns the account's present journal, or `known` if it cannot be read. */
export async function reloadJournal(
  { journals }: RotationPorts,
  { account }: ManagedOrder,
  known: RotationJournal,
): Promise<RotationJournal> {
  try {
    return (await journals.load(account.name)).journal ?? known;
  } catch {
    return known;
  }
}

function generationOf(
  { lever }: ManagedOrder,
  journal: RotationJournal | null,
  deaths: readonly Death[],
): LeverGeneration {
  switch (lever.name) {
    case 'regenerate-key':
      return keyGeneration(lever, journal);
    case 'revoke-delegation-keys':
      return delegationGeneration(journal, deaths);
    case 'delete-policy':
    case 'remove-role':
      return null;
  }
}

async function deathsFor(
  { deaths, clock }: RotationPorts,
  { lever, account, waits }: ManagedOrder,
): Promise<readonly Death[]> {
  if (lever.name !== 'revoke-delegation-keys') return [];
  return deaths.list(account.name, addSeconds(clock(), waits.callTimeoutSeconds));
}
