import { createHash } from 'node:crypto';

/** A caller as a block names it: an issuer's id in broker.json, and the subject in audit records. */
export interface BlockedCaller {
  readonly issuer: string;
  readonly subject: string;
}

/** An operator's order that a caller gets no new tokens. Tokens that the caller already has are not affected. */
export interface Block extends BlockedCaller {
  /** The same for every block of one caller, so a caller has at most one. */
  readonly id: string;
  readonly reason: string;
  readonly at: Date;
  /** `issuer/subject` of the operator. */
  readonly by: string;
  /** When the block ends on its own; null: never. */
  readonly until: Date | null;
}

/**
 * How many blocks are kept at most. Every instance remembers all of them, and storage returns this many rows in one page.
 * Blocks that instances add at the same moment may exceed it by a few.
 */
export const MAX_BLOCKS = 1000;
/** Blocks that are remembered for longer do not count: the broker issues no token then. In seconds. */
export const BLOCKS_STALE_SECONDS = 60;

const ID_DIGITS = 32;

/** Keeps blocks. Every call times out at `deadline`. */
export interface Blocks {
  /** Returns every block that is kept, also those that have ended. @throws BrokerError `storage_unavailable`. */
  list(deadline: Date): Promise<readonly Block[]>;
  /**
   * Writes a block, in place of the caller's previous one.
   * @throws BrokerError `storage_unavailable`; the block may or may not be written then.
   */
  put(block: Block, deadline: Date): Promise<void>;
  /**
   * Removes a block unless it was replaced since it was listed.
   * @returns false if it was replaced or no longer exists.
   * @throws BrokerError `storage_unavailable`; the block may or may not be removed then.
   */
  remove(block: Block, deadline: Date): Promise<boolean>;
}

/** Where issuing learns of blocks. */
export interface CallerBlocks {
  /**
   * Returns the caller's block in force. The answer is at most `BLOCKS_STALE_SECONDS` old.
   * @throws BrokerError `storage_unavailable` if a recent enough answer is unavailable.
   */
  blockOf(caller: BlockedCaller, now: Date): Promise<Block | null>;
}

/** Returns one text per caller. No two callers have the same. */
export function callerKey({ issuer, subject }: BlockedCaller): string {
  return JSON.stringify([issuer, subject]);
}

/** Returns the id of a caller's block: the first 32 lower-case hex digits of a SHA-256. */
export function blockId(caller: BlockedCaller): string {
  return createHash('sha256').update(callerKey(caller)).digest('hex').slice(0, ID_DIGITS);
}

/** True if the block has not ended. */
export function isInForce({ until }: Pick<Block, 'until'>, now: Date): boolean {
  return until === null || now < until;
}
