import type { SignedWith } from '../audit/audit-record.ts';
import { fingerprintOf } from '../audit/row-keys.ts';
import { isOfService } from '../azure/resources.ts';
import { BrokerError } from '../broker-error.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { resourceUrl } from '../requests/resource-url.ts';
import { signatureIn } from './sas-query.ts';
import { isDirectory, loadedSigner } from './signers.ts';

/** A signed token. `query` has no leading `?`; `url` is the resource's URL with it. */
export interface SignedToken {
  readonly query: string;
  readonly url: string;
  readonly fingerprint: string;
  readonly signedWith: SignedWith;
  /** The `scid` in the token; null if its kind, version or endpoint does not support one. */
  readonly correlationId: string | null;
}

/** The first `sv` whose user delegation layout has a line for `scid`. */
const FIRST_VERSION_WITH_SCID = '2020-02-10';

/**
 * Signs one authorized token with the official SDK of its service. Computation only, no I/O: `loadSigner` comes first.
 * @param correlationId left out if the token cannot carry one.
 * @throws BrokerError `internal` if the key cannot sign this token, or the token would not carry exactly what was
 * authorized.
 */
export function sign(token: AuthorizedToken, key: SigningKey, correlationId: string | null): SignedToken {
  assertKeyFits(token, key);
  const scid = canCarryCorrelationId(token) ? correlationId : null;
  const query = queryOf(token, key, scid);
  const base = resourceUrl(token.account, token.resource);
  return {
    query,
    url: `${base}${base.includes('?') ? '&' : '?'}${query}`,
    fingerprint: fingerprintOf(signatureIn(query)),
    signedWith: signerOf(key),
    correlationId: scid,
  };
}

/** Returns the token's query from the signer of its kind and service. Does not check that the key fits; `sign` does. */
export function queryOf(token: AuthorizedToken, key: SigningKey, correlationId: string | null): string {
  const { resource } = token;
  if (!isOfService(resource)) return loadedSigner('account')(token, resource, key);
  switch (resource.service) {
    case 'blob':
      return isDirectory(resource)
        ? loadedSigner('directory')(token, resource, key, correlationId)
        : loadedSigner('blob')(token, resource, key, correlationId);
    case 'queue':
      return loadedSigner('queue')(token, resource, key);
    case 'table':
      return loadedSigner('table')(token, resource, key);
    case 'file':
      return loadedSigner('file')(token, resource, key);
  }
}

function signerOf(key: SigningKey): SignedWith {
  if (key.kind === 'account') return { key: key.name, secretVersion: key.secretVersion, keyId: key.keyId };
  const { objectId, startsAt, expiresAt } = key;
  return { delegationKey: { objectId, startsAt, expiresAt } };
}

/** Only user delegation SAS of the blob service have the field. It is left out if the endpoint rejects it. */
function canCarryCorrelationId({ kind, account, resource }: AuthorizedToken): boolean {
  return (
    kind === 'user-delegation' &&
    isOfService(resource) &&
    resource.service === 'blob' &&
    account.sasVersion >= FIRST_VERSION_WITH_SCID &&
    !account.unsupportedFields.has('scid')
  );
}

function assertKeyFits(token: AuthorizedToken, key: SigningKey): void {
  const fault = mismatch(token, key);
  if (fault !== null) throw new BrokerError('internal', 'The token could not be signed.', { reason: fault });
}

function mismatch({ kind, account, resource, expiresAt, delegatedUser }: AuthorizedToken, key: SigningKey) {
  const needed = kind === 'user-delegation' ? 'user-delegation' : 'account';
  if (key.kind !== needed) return `a ${kind} token was given a ${key.kind} key`;
  if ((kind === 'account') === isOfService(resource))
    return `a ${kind} token was requested for a resource of another kind`;
  if (resource.account !== account.name) return 'the resource belongs to another account';
  if (key.kind === 'account') return null;
  if (key.expiresAt < expiresAt) return 'the token outlives its key';
  return key.delegatedTenantId === (delegatedUser?.tenantId ?? null)
    ? null
    : 'the key is for users of a different tenant than the token';
}
