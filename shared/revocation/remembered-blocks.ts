import type { BrokerError } from '../broker-error.ts';
import { addSeconds } from '../iso-time.ts';
import {
  type Block,
  type BlockedCaller,
  type Blocks,
  BLOCKS_STALE_SECONDS,
  type CallerBlocks,
  callerKey,
  isInForce,
} from './block.ts';

interface RememberedBlocksOptions {
  readonly blocks: Pick<Blocks, 'list'>;
  /** How long one read may take, in seconds. A read that takes longer than the time between reads has failed anyway. */
  readonly callTimeoutSeconds: number;
  /** Called for each failed read, also for one in the background. */
  readonly onFault?: (error: BrokerError) => void;
}

/** Every block, by `callerKey`, and when its read was sent. */
interface Kept {
  readonly blocks: ReadonlyMap<string, Block>;
  readonly sentAt: Date;
}

const REFRESH_SECONDS = 20;
/** The least time between two reads while the table fails. */
const COOLDOWN_MS = 1000;
/** Longer than any request takes. A `now` that is earlier by more than this means that the clock was set back. */
const CLOCK_SET_BACK_MS = 15_000;

/**
 * Remembers every block, so that issuing a token reads no table. The first use waits for a read. A use that finds the
 * blocks older than 20 s starts another read in the background, and one that finds them older than
 * `BLOCKS_STALE_SECONDS` waits for it. Age counts from when a read was sent, by this instance's clock alone.
 */
export class RememberedBlocks implements CallerBlocks {
  readonly #options: RememberedBlocksOptions;
  #kept: Kept | null = null;
  #failure: { readonly at: number; readonly error: unknown } | null = null;
  /** The only read in flight whose result will be kept. */
  #reading: Promise<Kept> | null = null;
  /** How often this instance has changed a block. A read that began before the last change is not kept. */
  #changes = 0;

  constructor(options: RememberedBlocksOptions) {
    this.#options = options;
  }

  async blockOf(caller: BlockedCaller, now: Date): Promise<Block | null> {
    const { blocks } = await this.#current(now);
    const block = blocks.get(callerKey(caller));
    return block !== undefined && isInForce(block, now) ? block : null;
  }

  /** Applies a block that this instance has written, without waiting for the next read. */
  noteBlocked(block: Block): void {
    this.#change((blocks) => blocks.set(callerKey(block), block));
  }

  /** Applies a removal that this instance has made, without waiting for the next read. */
  noteUnblocked(caller: BlockedCaller): void {
    this.#change((blocks) => blocks.delete(callerKey(caller)));
  }

  #change(apply: (blocks: Map<string, Block>) => void): void {
    this.#changes += 1;
    this.#reading = null;
    if (this.#kept === null) return;
    const blocks = new Map(this.#kept.blocks);
    apply(blocks);
    this.#kept = { ...this.#kept, blocks };
  }

  async #current(now: Date): Promise<Kept> {
    const kept = this.#kept;
    const age = kept === null ? Infinity : now.getTime() - kept.sentAt.getTime();
    if (kept !== null && age >= -CLOCK_SET_BACK_MS && age < BLOCKS_STALE_SECONDS * 1000) {
      // `#take` keeps and reports the failure of a read that nothing waits for.
      if (age >= REFRESH_SECONDS * 1000 && !this.#isCoolingDown(now)) this.#read(now).catch(() => undefined);
      return kept;
    }
    if (this.#failure !== null && this.#isCoolingDown(now)) throw this.#failure.error;
    return this.#read(now);
  }

  #isCoolingDown(now: Date): boolean {
    return this.#failure !== null && Math.abs(now.getTime() - this.#failure.at) < COOLDOWN_MS;
  }

  #read(now: Date): Promise<Kept> {
    if (this.#reading !== null) return this.#reading;
    const reading = this.#take(now).finally(() => {
      if (this.#reading === reading) this.#reading = null;
    });
    this.#reading = reading;
    return reading;
  }

  async #take(sentAt: Date): Promise<Kept> {
    const { blocks, callTimeoutSeconds, onFault } = this.#options;
    const changes = this.#changes;
    try {
      const list = await blocks.list(addSeconds(sentAt, Math.min(callTimeoutSeconds, REFRESH_SECONDS)));
      const kept = { blocks: new Map(list.map((block) => [callerKey(block), block])), sentAt };
      if (changes === this.#changes) this.#kept = kept;
      this.#failure = null;
      return kept;
    } catch (error) {
      this.#failure = { at: sentAt.getTime(), error };
      onFault?.(error as BrokerError);
      throw error;
    }
  }
}
