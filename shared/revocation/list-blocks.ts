import { type Block, type BlockedCaller, callerKey, isInForce } from './block.ts';
import type { BlockPorts } from './change-blocks.ts';

/** Which blocks to list; null: any. */
export interface BlockFilter {
  readonly issuer: string | null;
  readonly subject: string | null;
}

/** Lists the blocks in force, newest first. @throws BrokerError `storage_unavailable`. */
export async function listBlocks(
  { blocks, clock }: Pick<BlockPorts, 'blocks' | 'clock'>,
  { issuer, subject }: BlockFilter,
  deadline: Date,
): Promise<Block[]> {
  const now = clock();
  return (await blocks.list(deadline))
    .filter((block) => isInForce(block, now))
    .filter((block) => issuer === null || block.issuer === issuer)
    .filter((block) => subject === null || block.subject === subject)
    .sort((one, other) => other.at.getTime() - one.at.getTime());
}

/** Returns which of these callers are blocked now. @throws BrokerError `storage_unavailable`. */
export async function activeBlocksOf(
  ports: Pick<BlockPorts, 'blocks' | 'clock'>,
  callers: readonly BlockedCaller[],
  deadline: Date,
): Promise<Block[]> {
  const asked = new Set(callers.map(callerKey));
  const blocks = await listBlocks(ports, { issuer: null, subject: null }, deadline);
  return blocks.filter((block) => asked.has(callerKey(block)));
}
