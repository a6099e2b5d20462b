import { actorOf } from '../shared/audit/audit-record.ts';
import type { Broker } from '../shared/compose/compose.ts';
import { parseBlockRequest, readBlockQuery } from '../shared/revocation/block-request.ts';
import { blockView } from '../shared/revocation/block-view.ts';
import {
  type BlockCall,
  blockCaller,
  type BlockOrder,
  unblockCaller,
} from '../shared/revocation/change-blocks.ts';
import { listBlocks } from '../shared/revocation/list-blocks.ts';
import { type BodyContext, type Call, callerOf, type Reply } from './route.ts';

/** `GET /callers/blocks` */
export async function getBlocks(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const blocks = await listBlocks(broker.blocks, readBlockQuery(call.query), call.deadline);
  return { status: 200, body: { items: blocks.map(blockView), nextCursor: null } };
}

/** `POST /callers/blocks`: creates a caller's block, or replaces it. */
export async function postBlock(broker: Broker, call: Call<BlockOrder>): Promise<Reply> {
  const { block } = await blockCaller(broker.blocks, call.body, operatorOf(call));
  const location = `/api/callers/blocks/${block.id}`;
  return { status: 201, body: blockView(block), headers: { location } };
}

/** `DELETE /callers/blocks/{id}` */
export async function deleteBlock(broker: Broker, call: Call<undefined>): Promise<Reply> {
  await unblockCaller(broker.blocks, call.params['id'] ?? '', operatorOf(call));
  return { status: 204, body: undefined };
}

/** Reads the body of `POST /callers/blocks`. */
export function readBlockRequest(json: unknown, broker: Broker, { now }: BodyContext): BlockOrder {
  return parseBlockRequest(json, broker.config.issuers, now);
}

function operatorOf(call: Call<unknown>): BlockCall {
  const caller = callerOf(call);
  return { by: actorOf(caller), byName: caller.name, deadline: call.deadline };
}
