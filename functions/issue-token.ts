import type { Broker } from '../shared/compose/compose.ts';
import { entraUser } from '../shared/identity/entra.ts';
import { REQUEST_LIMITS } from '../shared/input/body-limits.ts';
import { issueToken } from '../shared/issuing/issue-token.ts';
import { issuedTokenSchema } from '../shared/issuing/issued-token.ts';
import { parseTokenRequest } from '../shared/requests/parse-token-request.ts';
import { tokenRequestSchema } from '../shared/requests/token-request-schema.ts';
import type { TokenRequest } from '../shared/requests/token-request.ts';
import { addressOf } from './addresses.ts';
import { type BodyContext, type Call, callerOf, type Reply, type Route, routeWithBody } from './route.ts';

/** The body of a request for one token. */
export const tokenRequestBody = {
  schema: tokenRequestSchema,
  limits: REQUEST_LIMITS,
  read: readTokenRequest,
  tokensIn: () => 1,
};

/** The route that issues one token. It is apart from the others, so that the first token after a start loads only this. */
export const issueTokenRoute: Route = routeWithBody(
  {
    ...addressOf('issueToken'),
    summary: 'Issue one SAS token',
    reply: { status: 201, schema: issuedTokenSchema },
  },
  tokenRequestBody,
  postToken,
);

/** `POST /tokens` */
async function postToken(broker: Broker, call: Call<TokenRequest>): Promise<Reply> {
  const issued = await issueToken(broker.issuing, callerOf(call), call.body, call);
  return { status: 201, body: issued, headers: { location: `/api/tokens/${issued.id}` } };
}

/** Reads the body of `/tokens` and `/tokens/explain`. */
export function readTokenRequest(json: unknown, broker: Broker, { caller, now }: BodyContext): TokenRequest {
  const { accounts, issuers } = broker.config;
  const user = caller === null ? null : entraUser(caller, issuers);
  return parseTokenRequest(json, { accounts, callerIp: caller?.ip ?? null, entraUser: user, now });
}
