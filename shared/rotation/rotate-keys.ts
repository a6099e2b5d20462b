import { forEachConcurrently } from '../azure-calls/concurrency.ts';
import { failureReason } from '../azure-calls/failure.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { advanceRotation } from './advance-rotation.ts';
import { isOverdue } from './is-overdue.ts';
import type { RotationPorts } from './rotation-ports.ts';
import { rotationWaits } from './rotation-waits.ts';
import { tickBudget } from './tick-budget.ts';
import { nextTick, type TickLog } from './tick-log.ts';

/** Low enough that many accounts together stay within the limits of Resource Manager and Key Vault. */
const ACCOUNTS_AT_ONCE = 4;
/** How many accounts with orders are served besides. */
const ORDERED_AT_ONCE = 2;

/**
 * Runs one tick: records when it ran, and advances the accounts that the broker rotates, each as far as it can go now. A
 * failure of one account does not stop the others. If the time of the tick does not suffice for all, the next tick, on any
 * instance, begins with the first account that had no turn or was cut short. The first accounts of a tick have all of its
 * time, so the next tick always begins with others. So every account is served, however many there are. Accounts with an
 * order to revoke keys do not wait for their turn.
 */
export async function rotateKeys(
  ports: RotationPorts,
  accounts: Iterable<StorageAccount>,
  requestTimeoutSeconds: number,
): Promise<void> {
  const began = ports.clock();
  const budget = tickBudget(began);
  const previous = await loadTick(ports);
  const waiting = inTurn([...accounts].filter(isRotated), previous?.nextAccount ?? null);
  const following = waiting[ACCOUNTS_AT_ONCE % Math.max(waiting.length, 1)] ?? null;
  const save = async (next: StorageAccount | null): Promise<void> => {
    if (previous !== undefined)
      await saveTick(ports, { ...nextTick(previous, began), nextAccount: next?.name ?? null });
  };
  // If this process dies on the first accounts, the next tick does not begin with them again.
  const recording = save(following);
  const unserved = new Set(waiting.slice(ACCOUNTS_AT_ONCE));
  const hasTime = (): boolean => ports.clock() < budget.stepUntil;
  const begun = new Set<StorageAccount>();
  const serve = async (account: StorageAccount): Promise<void> => {
    if (begun.has(account) || !hasTime()) return;
    begun.add(account);
    await rotateAccountKeys(ports, account, requestTimeoutSeconds, budget);
    if (hasTime()) unserved.delete(account);
  };
  await Promise.all([
    forEachConcurrently(waiting, ACCOUNTS_AT_ONCE, serve),
    serveOrdered(ports, waiting, serve),
  ]);
  await recording;
  const next = waiting.find((account) => unserved.has(account)) ?? following;
  if (next !== following) await save(next);
}

const isRotated = ({ rotation, keys }: StorageAccount): boolean => rotation !== null && keys !== null;

/**
 * Serves the accounts with an operator's order beside the others, so that no order waits for its account's turn, and no
 * account waits for orders that take long.
 */
async function serveOrdered(
  { journals, log }: RotationPorts,
  waiting: readonly StorageAccount[],
  serve: (account: StorageAccount) => Promise<void>,
): Promise<void> {
  try {
    const ordered = new Set(await journals.withOrders());
    const first = waiting.filter(({ name }) => ordered.has(name));
    await forEachConcurrently(first, ORDERED_AT_ONCE, serve);
  } catch (error) {
    log('orders wait their turn', { account: null, reason: failureReason(error) });
  }
}

/** Returns the accounts in their order, beginning with the one named `first`. */
function inTurn(accounts: readonly StorageAccount[], first: string | null): StorageAccount[] {
  const at = Math.max(
    accounts.findIndex(({ name }) => name === first),
    0,
  );
  return [...accounts.slice(at), ...accounts.slice(0, at)];
}

/** Reads the record of the last tick; undefined if that failed, which is only logged, because rotation matters more. */
async function loadTick({ ticks, log }: RotationPorts): Promise<TickLog | null | undefined> {
  try {
    return await ticks.load();
  } catch (error) {
    log('tick not recorded', { account: null, reason: failureReason(error) });
    return undefined;
  }
}

/** Records this tick. A failure is only logged. */
async function saveTick({ ticks, log }: RotationPorts, tick: TickLog): Promise<void> {
  try {
    await ticks.save(tick);
  } catch (error) {
    log('tick not recorded', { account: null, reason: failureReason(error) });
  }
}

async function rotateAccountKeys(
  ports: RotationPorts,
  account: StorageAccount,
  requestTimeoutSeconds: number,
  budget: ReturnType<typeof tickBudget>,
): Promise<void> {
  const waits = rotationWaits(account, requestTimeoutSeconds);
  if (waits === null) return;
  try {
    const journal = await advanceRotation(ports, account, waits, budget);
    if (journal !== null && isOverdue(account, journal, waits, ports.clock()))
      ports.log('rotation overdue', { account: account.name, phase: journal.phase });
  } catch (error) {
    ports.log('rotation held up', { account: account.name, reason: failureReason(error) });
  }
}
