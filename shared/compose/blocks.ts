import type { BlockPorts } from '../revocation/change-blocks.ts';
import { RememberedBlocks } from '../revocation/remembered-blocks.ts';
import { TableBlocks } from '../revocation/table-blocks.ts';
import type { Foundation } from './foundation.ts';

/** Assembles the ports of blocks, in the state table. */
export function blockPorts({ stateTable, audit, clock, callTimeoutMs, lines }: Foundation) {
  const blocks = new TableBlocks({ client: stateTable, clock });
  const remembered = new RememberedBlocks({
    blocks,
    callTimeoutSeconds: callTimeoutMs / 1000,
    onFault: lines.onFault,
  });
  return { blocks, remembered, events: audit, clock } satisfies BlockPorts;
}
