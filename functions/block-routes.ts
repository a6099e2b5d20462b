import * as z from 'zod/mini';
import { REQUEST_LIMITS } from '../shared/input/body-limits.ts';
import { blockParametersSchema, blockRequestSchema } from '../shared/revocation/block-request.ts';
import { blockListSchema, blockSchema } from '../shared/revocation/block-view.ts';
import { addressOf } from './addresses.ts';
import { deleteBlock, getBlocks, postBlock, readBlockRequest } from './blocks.ts';
import { route, type Route, routeWithBody } from './route.ts';

/** The routes of blocked callers. */
export const blockRoutes: readonly Route[] = [
  route(
    {
      ...addressOf('getBlocks'),
      summary: 'List the blocks in force, newest first',
      query: blockParametersSchema,
      reply: { status: 200, schema: blockListSchema },
    },
    getBlocks,
  ),
  routeWithBody(
    {
      ...addressOf('blockCaller'),
      summary: 'Stop a caller from getting new tokens; replaces the caller’s block',
      reply: { status: 201, schema: blockSchema },
    },
    { schema: blockRequestSchema, limits: REQUEST_LIMITS, read: readBlockRequest },
    postBlock,
  ),
  route(
    {
      ...addressOf('unblockCaller'),
      summary: 'Delete a block, so that the caller’s grants apply again',
      reply: { status: 204, schema: z.undefined() },
    },
    deleteBlock,
  ),
];
