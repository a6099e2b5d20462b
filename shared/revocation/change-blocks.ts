import { type AuditLog, actorOf } from '../audit/audit-record.ts';
import { failureReason } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import { groupedDigits } from '../input/grouped-digits.ts';
import { addSeconds, formatInstant } from '../iso-time.ts';
import {
  type Block,
  type BlockedCaller,
  blockId,
  type Blocks,
  BLOCKS_STALE_SECONDS,
  isInForce,
  MAX_BLOCKS,
} from './block.ts';
import type { RememberedBlocks } from './remembered-blocks.ts';

/** Everything that blocking a caller needs from outside. */
export interface BlockPorts {
  readonly blocks: Blocks;
  /** What this instance remembers, so that a change applies here at once. */
  readonly remembered: Pick<RememberedBlocks, 'noteBlocked' | 'noteUnblocked'>;
  readonly events: Pick<AuditLog, 'appendEvent'>;
  readonly clock: () => Date;
}

/** What an operator orders. */
export interface BlockOrder extends BlockedCaller {
  readonly reason: string;
  readonly until: Date | null;
}

/** Who makes a call, and until when the reply must be sent. */
export interface BlockCall {
  /** `issuer/subject` of the operator. */
  readonly by: string;
  /** The operator's name, for people to read. */
  readonly byName: string | null;
  readonly deadline: Date;
}

/** A block this long past its end is over by every instance's clock. */
const ENDED_SECONDS = 3600;
/** How many ended blocks one call removes, so that they cannot pile up. */
const MAX_REMOVED = 10;
const TRIES = 3;

/**
 * Blocks a caller, in place of the caller's previous block. The block is written before its event: if the call fails in
 * between, the caller is blocked, and trying again is harmless.
 * @returns the block, and the instant from which every instance of the broker refuses the caller.
 * @throws BrokerError `conflict` if `MAX_BLOCKS` callers are blocked; `storage_unavailable`: the caller may or may not be
 * blocked; `audit_unavailable`: the caller is blocked, but the event may be missing.
 */
export async function blockCaller(
  ports: BlockPorts,
  { issuer, subject, reason, until }: BlockOrder,
  { by, byName, deadline }: BlockCall,
): Promise<{ readonly block: Block; readonly blockedBy: Date }> {
  const at = ports.clock();
  const block = { id: blockId({ issuer, subject }), issuer, subject, reason, at, by, until };
  await makeRoom(ports, block, deadline);
  await ports.blocks.put(block, deadline);
  ports.remembered.noteBlocked(block);
  const blockedBy = blockedEverywhereFrom(ports.clock());
  const end = until === null ? '' : ` until ${formatInstant(until)}`;
  const detail = `${actorOf(block)}${end}: ${reason}`;
  try {
    const event = { at, type: 'block', account: null, actor: by, actorName: byName, detail };
    await ports.events.appendEvent(event, deadline);
  } catch (error) {
    throw new BrokerError(
      'audit_unavailable',
      'The caller is blocked, but the event could not be recorded. Try again.',
      { reason: failureReason(error) },
    );
  }
  return { block, blockedBy };
}

/**
 * Removes a block. Its event is written first, so that no caller is unblocked without one.
 * @throws BrokerError `not_found` if no block with this id is in force; `audit_unavailable`: the caller is still blocked;
 * `storage_unavailable`: the caller may or may not be blocked.
 */
export async function unblockCaller(
  { blocks, remembered, events, clock }: BlockPorts,
  id: string,
  { by, byName, deadline }: BlockCall,
): Promise<void> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const block = (await blocks.list(deadline)).find((one) => one.id === id);
    if (block === undefined || !isInForce(block, clock())) {
      // After a first try, another operator has removed it in the meantime.
      if (tries === 0) throw new BrokerError('not_found', 'No block in force has this id.');
      return;
    }
    const detail = `${actorOf(block)}, blocked by ${block.by}: ${block.reason}`;
    const event = { at: clock(), type: 'unblock', account: null, actor: by, actorName: byName, detail };
    await events.appendEvent(event, deadline);
    if (await blocks.remove(block, deadline)) {
      remembered.noteUnblocked(block);
      return;
    }
  }
  throw new BrokerError('storage_unavailable', 'Others are changing this block at the moment. Try again.', {
    retryAfter: 1,
  });
}

/**
 * Returns the instant from which every instance refuses a caller whose block was written by `written`: none remembers
 * blocks for longer. Rounded up to a second.
 */
function blockedEverywhereFrom(written: Date): Date {
  return new Date(Math.ceil(addSeconds(written, BLOCKS_STALE_SECONDS).getTime() / 1000) * 1000);
}

/** Removes blocks that ended long ago, and refuses a further caller if too many are left. */
async function makeRoom({ blocks, clock }: BlockPorts, block: Block, deadline: Date): Promise<void> {
  const known = await blocks.list(deadline);
  const longAgo = addSeconds(clock(), -ENDED_SECONDS);
  const ended = known.filter((one) => one.id !== block.id && !isInForce(one, longAgo)).slice(0, MAX_REMOVED);
  // A row that stays is removed by the next call.
  await Promise.allSettled(ended.map((one) => blocks.remove(one, deadline)));
  const isFurther = known.every(({ id }) => id !== block.id);
  if (isFurther && known.length - ended.length >= MAX_BLOCKS)
    throw new BrokerError(
      'conflict',
      `The broker keeps at most ${groupedDigits(MAX_BLOCKS)} blocks. Delete some, or take the grant away from these callers.`,
    );
}
