import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { Caller } from '../identity/caller.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import type { IssuingCall, IssuingPorts } from './issuing-ports.ts';
import { assertStillUsable, confirmKey } from './obtain-key.ts';
import { refuseBlockedCaller } from './refuse-token.ts';
import { confirmPolicy, type TokenPolicy } from './token-policy.ts';

/** What a signed token depends on. */
export interface TokenBasis {
  readonly request: TokenRequest;
  readonly token: AuthorizedToken;
  readonly key: SigningKey;
  /** The stored access policy that the token depends on. */
  readonly policy: TokenPolicy | null;
}

/**
 * Checks once more what a token depends on, after its row is durable and before it leaves: writing the row takes time, and
 * an operator may have acted meanwhile. A revocation or a block that is known by now either sees the token's row or stops
 * the token here.
 * @returns when storage is certain to apply the token's policy; null if it already does, or there is none.
 * @throws BrokerError `forbidden` (recorded), `signing_key_unavailable`, `storage_unavailable`; then the token does not
 * leave.
 */
export async function confirmToken(
  ports: IssuingPorts,
  caller: Caller,
  { request, token, key, policy }: TokenBasis,
  call: IssuingCall,
): Promise<Date | null> {
  const usableAfter = policy && (await confirmPolicy(ports.policies, policy, call.deadline));
  await confirmKey(ports, token.account, key, ports.clock());
  if ((await ports.blocks.blockOf(caller, ports.clock())) !== null)
    throw await refuseBlockedCaller(ports, { caller, request }, call);
  // Nothing may wait after this check: it is what bounds the life of an account key in this instance.
  assertStillUsable(key, ports.clock());
  return usableAfter;
}
