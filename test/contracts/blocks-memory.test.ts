import { MemoryBlocks } from '../fakes/memory-blocks.ts';
import { blocksContract } from './blocks.contract.ts';

blocksContract('memory', async () => new MemoryBlocks());
