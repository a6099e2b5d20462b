import { authorize } from '../shared/grants/authorize.ts';
import { findCoverage } from '../shared/grants/coverage.ts';
import { joseBearerTokens } from '../shared/identity/jose-bearer-tokens.ts';
import { account, caller, grant, tokenRequest } from '../test/fakes/configuration.ts';
import { OidcIssuer, signingPair } from '../test/fakes/oidc-issuer.ts';
import { issuerAt, lastingClaims, NOW } from '../test/unit/identity/tokens-under-test.ts';
import { measureRatio, repeat } from './rounds.ts';

const ROUNDS = 9;
const DECISIONS = 500;
const TOKENS = 200;

/** Times a request that only the last grant allows, among a thousand grants relative to ten. */
export function measureAuthorize(): Promise<number> {
  const accounts = new Map([['media', account()]]);
  const decideAmong = (count: number) => {
    const others = Array.from({ length: count - 1 }, (_, index) =>
      grant({ id: `other-${index}`, resources: [`media/blob/other-${index}/**`] }),
    );
    const config = { accounts, grants: [...others, grant()] };
    return repeat(DECISIONS, () => authorize(findCoverage(caller(), tokenRequest(), config, NOW, null)));
  };
  return measureRatio(ROUNDS, decideAmong(1000), decideAmong(10));
}

/** Times a remembered bearer token (RS256) relative to one that is verified with known issuer keys. */
export async function measureTokenRecall(): Promise<number> {
  const pair = await signingPair('RS256', 'bench');
  const issuer = await OidcIssuer.start(pair);
  try {
    const tokens = await Promise.all(
      Array.from({ length: TOKENS }, () => issuer.sign(pair, lastingClaims())),
    );
    const createVerifier = () => joseBearerTokens([issuerAt(issuer.url)]);
    const warm = createVerifier();
    for (const token of tokens) await warm.verify(token, NOW);
    // A verifier remembers the tokens it verifies, so each round gets a new one. It verifies a different token first to
    // learn the issuer's keys.
    const otherToken = await issuer.sign(pair, lastingClaims());
    let cold = createVerifier();
    const renewCold = async () => {
      cold = createVerifier();
      await cold.verify(otherToken, NOW);
    };
    return await measureRatio(
      ROUNDS,
      repeat(TOKENS, (index) => warm.verify(tokens[index] ?? '', NOW)),
      repeat(TOKENS, (index) => cold.verify(tokens[index] ?? '', NOW)),
      renewCold,
    );
  } finally {
    await issuer.stop();
  }
}
