import { REQUEST_LIMITS } from '../shared/input/body-limits.ts';
import { historyParametersSchema, rotationHistorySchema } from '../shared/rotation/rotation-history.ts';
import { rotationStateSchema } from '../shared/rotation/rotation-view.ts';
import {
  countParametersSchema,
  getAccounts,
  getRotation,
  getRotationHistory,
  postRotation,
  readRotationOrder,
  rotationListSchema,
  rotationOrderSchema,
} from './accounts.ts';
import { addressOf } from './addresses.ts';
import { route, type Route, routeWithBody } from './route.ts';

/** The routes of accounts and their rotation. */
export const accountRoutes: readonly Route[] = [
  route(
    {
      ...addressOf('getAccounts'),
      summary: 'List the rotation state of every account',
      query: countParametersSchema,
      reply: { status: 200, schema: rotationListSchema },
    },
    getAccounts,
  ),
  route(
    {
      ...addressOf('getRotation'),
      summary: 'Get the rotation state of one account',
      query: countParametersSchema,
      reply: { status: 200, schema: rotationStateSchema },
    },
    getRotation,
  ),
  route(
    {
      ...addressOf('getRotationHistory'),
      summary: 'Get the phases of an account’s rotation, and what happened to its keys',
      query: historyParametersSchema,
      reply: { status: 200, schema: rotationHistorySchema },
    },
    getRotationHistory,
  ),
  routeWithBody(
    {
      ...addressOf('startRotation'),
      summary: 'Start a rotation of an account’s keys',
      reply: { status: 202, schema: rotationStateSchema },
    },
    { schema: rotationOrderSchema, limits: REQUEST_LIMITS, optional: true, read: readRotationOrder },
    postRotation,
  ),
];
