import { BrokerError } from '../../shared/broker-error.ts';
import type { Block, Blocks, CallerBlocks } from '../../shared/revocation/block.ts';

/** Blocks in memory. `failing` makes every call fail. */
export class MemoryBlocks implements Blocks {
  failing = false;
  /** How many times the blocks were listed. */
  reads = 0;
  readonly #blocks = new Map<string, Block>();

  async list(): Promise<readonly Block[]> {
    this.reads += 1;
    const blocks = [...this.#blocks.values()];
    await Promise.resolve();
    this.#mayFail();
    return blocks;
  }

  async put(block: Block): Promise<void> {
    this.#mayFail();
    this.#blocks.set(block.id, block);
  }

  async remove(block: Block): Promise<boolean> {
    this.#mayFail();
    const known = this.#blocks.get(block.id);
    return JSON.stringify(known) === JSON.stringify(block) && this.#blocks.delete(block.id);
  }

  #mayFail(): void {
    if (this.failing) throw new BrokerError('storage_unavailable', 'The test made it fail.');
  }
}

/** Nobody is blocked. */
export const NO_BLOCKS: CallerBlocks = { blockOf: async () => null };
