import { authorize } from '../shared/grants/authorize.ts';
import { joseBearerTokens } from '../shared/identity/jose-bearer-tokens.ts';
import { account, caller, grant, tokenRequest } from '../test/fakes/configuration.ts';
import { OidcIssuer, signingPair } from '../test/fakes/oidc-issuer.ts';
import { issuerAt, lastingClaims, NOW } from '../test/unit/identity/tokens-under-test.ts';
import { ratio, repeated } from './rounds.ts';

const ROUNDS = 9;
const DECISIONS = 500;
const TOKENS = 200;

/** One request, of which the last grant allows what it asks: a thousand grants against ten. */
export function authorizing(): Promise<number> {
  const accounts = new Map([['media', account()]]);
  const decisions = (count: number) => {
    const others = Array.from({ length: count - 1 }, (_, index) =>
      grant({ id: `other-${index}`, resources: [`media/blob/other-${index}/**`] }),
    );
    const config = { accounts, grants: [...others, grant()] };
    return repeated(DECISIONS, () => authorize(caller(), tokenRequest(), config, NOW));
  };
  return ratio(ROUNDS, decisions(1000), decisions(10));
}

/** One bearer token (RS256) that is remembered, against one that is verified; the issuer's keys are known. */
export async function recalling(): Promise<number> {
  const pair = await signingPair('RS256', 'bench');
  const issuer = await OidcIssuer.start(pair);
  try {
    const tokens = await Promise.all(
      Array.from({ length: TOKENS }, () => issuer.sign(pair, lastingClaims())),
    );
    const fresh = () => joseBearerTokens([issuerAt(issuer.url)]);
    const knowing = fresh();
    for (const token of tokens) await knowing.verify(token, NOW);
    // Beyond what is remembered, a memory forgets: a new one in each round knows the keys and none of the tokens.
    const first = await issuer.sign(pair, lastingClaims());
    let unknowing = fresh();
    const renew = async () => {
      unknowing = fresh();
      await unknowing.verify(first, NOW);
    };
    return await ratio(
      ROUNDS,
      repeated(TOKENS, (index) => knowing.verify(tokens[index] ?? '', NOW)),
      repeated(TOKENS, (index) => unknowing.verify(tokens[index] ?? '', NOW)),
      renew,
    );
  } finally {
    await issuer.stop();
  }
}
