import * as z from 'zod/mini';
import { REQUEST_LIMITS } from '../shared/input/body-limits.ts';
import { revocationPlanSchema } from '../shared/revocation/revocation-plan.ts';
import { revocationSchema } from '../shared/revocation/revocation-request.ts';
import { revocationReplySchema } from '../shared/revocation/revoke.ts';
import { addressOf } from './addresses.ts';
import { postRevocation, readRevocation } from './revocations.ts';
import { type Route, routeWithBody } from './route.ts';

/** The route that plans revocations and carries them out. */
export const revocationRoutes: readonly Route[] = [
  routeWithBody(
    {
      ...addressOf('revoke'),
      summary: 'Plan a revocation, or, with the role operator, carry it out',
      scans: true,
      reply: { status: 200, also: [202], schema: z.union([revocationPlanSchema, revocationReplySchema]) },
    },
    { schema: revocationSchema, limits: REQUEST_LIMITS, read: readRevocation },
    postRevocation,
  ),
];
