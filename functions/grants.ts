import type * as z from 'zod/mini';
import type { Broker } from '../shared/compose/compose.ts';
import { ROLES } from '../shared/config/broker-config.ts';
import {
  grantListSchema,
  grantViews,
  ownGrantListSchema,
  ownGrantViews,
} from '../shared/grants/grant-view.ts';
import { grantsOf, isInForce } from '../shared/grants/own-grants.ts';
import { meSchema } from '../shared/identity/me-view.ts';
import { formatInstant } from '../shared/iso-time.ts';
import { addressOf } from './addresses.ts';
import { type Call, callerOf, type Reply, route, type Route } from './route.ts';

/** `GET /me` */
function getMe(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const caller = callerOf(call);
  const body: z.infer<typeof meSchema> = {
    issuer: caller.issuer,
    subject: caller.subject,
    name: caller.name,
    ip: caller.ip,
    roles: ROLES.filter((role) => caller.roles.has(role)),
    grants: grantsOf(caller, broker.config.grants).filter(isInForce).length,
    now: formatInstant(call.now),
  };
  return Promise.resolve({ status: 200, body });
}

/** `GET /me/grants` */
function getOwnGrants(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const items = ownGrantViews(callerOf(call), broker.config);
  return Promise.resolve({ status: 200, body: { items, nextCursor: null } });
}

/** `GET /grants` */
function getGrants(broker: Broker): Promise<Reply> {
  return Promise.resolve({ status: 200, body: { items: grantViews(broker.config), nextCursor: null } });
}

/** The routes that tell callers who they are and what they may have, and auditors what everyone may have. */
export const grantRoutes: readonly Route[] = [
  route(
    {
      ...addressOf('getMe'),
      summary: 'Get who you are to the broker',
      reply: { status: 200, schema: meSchema },
    },
    getMe,
  ),
  route(
    {
      ...addressOf('getOwnGrants'),
      summary: 'List your grants in force, with your claims filled in',
      reply: { status: 200, schema: ownGrantListSchema },
    },
    getOwnGrants,
  ),
  route(
    {
      ...addressOf('getGrants'),
      summary: 'List every grant as it is configured',
      reply: { status: 200, schema: grantListSchema },
    },
    getGrants,
  ),
];
