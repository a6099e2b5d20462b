import { KEY_NAMES, type KeyName } from '../azure/services.ts';
import { type KeyHashes, keyIdOf } from '../keys/key-hash.ts';
import { keysOf, type Lever } from './lever.ts';
import type { LiveToken } from './live-token.ts';
import type { RevocationTarget } from './revocation-target.ts';

/**
 * Returns the keys that may have signed a token: the one whose value its row names, or both if the row names none, or
 * neither of the present values. Empty for a user delegation SAS.
 * @param hashes those of the account's present keys; null if the broker does not know them.
 */
export function signersOf({ signedWith }: LiveToken, hashes: KeyHashes | null): readonly KeyName[] {
  if ('delegationKeyStartsAt' in signedWith) return [];
  const { keyId } = signedWith;
  const signer = hashes === null ? undefined : KEY_NAMES.find((name) => keyIdOf(hashes[name]) === keyId);
  return signer === undefined ? KEY_NAMES : [signer];
}

/**
 * Returns the narrowest levers that end a token: one for its stored policy, and those of its keys. A container's name is in
 * lower case, because services compare names of tables and shares without regard to case.
 */
export function leversOfToken(token: LiveToken, hashes: KeyHashes | null): readonly Lever[] {
  const { account, policy, place, services } = token;
  const [service] = services;
  const levers: Lever[] = signersOf(token, hashes).map((key) => ({
    name: 'regenerate-key',
    on: { account, key },
  }));
  if ('delegationKeyStartsAt' in token.signedWith)
    levers.push(
      { name: 'revoke-delegation-keys', on: { account } },
      { name: 'remove-role', on: { account } },
    );
  if (policy !== null && place !== null && service !== undefined)
    levers.push({
      name: 'delete-policy',
      on: { account, service, container: place.toLowerCase(), policy },
    });
  return levers;
}

/** Returns true if a lever ends a token. */
export function kills(lever: Lever, token: LiveToken, hashes: KeyHashes | null): boolean {
  const { name, on } = lever;
  if (token.account !== on.account) return false;
  switch (name) {
    case 'revoke-delegation-keys':
    case 'remove-role':
      return 'delegationKeyStartsAt' in token.signedWith;
    case 'regenerate-key':
      return signersOf(token, hashes).some((key) => keysOf(lever).includes(key));
    case 'delete-policy':
      return token.policy === on.policy && isAt(token, on.service, on.container);
  }
}

/** Returns true if a token belongs to the target. An account SAS belongs to every container of the services it covers. */
export function isTargeted(target: RevocationTarget, token: LiveToken, hashes: KeyHashes | null): boolean {
  if ('token' in target) return token.id === target.token;
  if ('caller' in target) {
    const { issuer, subject } = token.caller;
    return issuer === target.caller.issuer && subject === target.caller.subject;
  }
  if ('grant' in target) return token.grant === target.grant;
  if (token.account !== target.account) return false;
  if ('service' in target)
    return token.place === null
      ? token.services.includes(target.service)
      : isAt(token, target.service, target.container);
  if (!('key' in target)) return true;
  return kills({ name: 'regenerate-key', on: target }, token, hashes);
}

function isAt({ services, place }: LiveToken, service: string, container: string): boolean {
  return services.some((one) => one === service) && place?.toLowerCase() === container.toLowerCase();
}
