import { addSeconds } from '../../../shared/iso-time.ts';
import { type Block, blockId } from '../../../shared/revocation/block.ts';
import { blockCaller, type BlockOrder, type BlockPorts } from '../../../shared/revocation/change-blocks.ts';
import { RememberedBlocks } from '../../../shared/revocation/remembered-blocks.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { MemoryBlocks } from '../../fakes/memory-blocks.ts';

export const start = new Date('2026-11-22T12:00:00Z');
export const uma = { issuer: 'local', subject: 'uma' };
export const bob = { issuer: 'local', subject: 'bob' };

export const blockOf = (parts: Partial<Block> = {}): Block => {
  const { issuer, subject } = { ...uma, ...parts };
  return {
    ...{ id: blockId({ issuer, subject }), issuer, subject, reason: 'leaked', at: start },
    ...{ by: 'local/otto', until: null },
    ...parts,
  };
};

/** Blocks in memory, as one instance of the broker sees them. Its clock stands still unless it is set. */
export function blocksWorld() {
  const blocks = new MemoryBlocks();
  const audit = memoryAuditLog();
  const faults: string[] = [];
  let now = start;
  const remembered = new RememberedBlocks({
    blocks,
    callTimeoutSeconds: 8,
    onFault: ({ code }) => faults.push(code),
  });
  const ports: BlockPorts = { blocks, remembered, events: audit, clock: () => now };
  const call = { by: 'local/otto', byName: 'Otto', deadline: new Date('2099-01-01T00:00:00Z') };
  return {
    ...{ blocks, audit, faults, remembered, ports, call },
    setClock: (seconds: number) => (now = addSeconds(start, seconds)),
    block: (parts: Partial<BlockOrder> = {}) =>
      blockCaller(ports, { ...uma, reason: 'leaked', until: null, ...parts }, call),
    /** Returns the reason of the block that this instance knows of for a caller. */
    known: async (seconds: number, who = uma) =>
      (await remembered.blockOf(who, addSeconds(start, seconds)))?.reason ?? null,
  };
}
