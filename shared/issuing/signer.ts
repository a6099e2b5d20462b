import type { SignedWith } from '../audit/audit-record.ts';
import { fingerprintOf } from '../audit/row-keys.ts';
import type { Resource } from '../azure-storage.ts';
import { BrokerError } from '../broker-error.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { AccountKey, DelegationKey } from '../keys/signing-keys.ts';
import { resourceUrl, signBlob } from './blob.ts';
import { parseSasQuery } from './sas-query.ts';

/** A key that was obtained for one authorized token. */
export type SigningKey =
  | { readonly kind: 'service'; readonly key: AccountKey }
  | { readonly kind: 'user-delegation'; readonly key: DelegationKey };

/** A signed token. `query` has no leading `?`; `url` is the resource's URL with it. */
export interface SignedToken {
  readonly query: string;
  readonly url: string;
  readonly fingerprint: string;
  readonly signedWith: SignedWith;
  /** The `scid` that is in the token; null where its kind, version or endpoint takes none. */
  readonly correlationId: string | null;
}

/** Signs one authorized token with the official SDK of its service: computation only, no I/O. */
export type Sign = (token: AuthorizedToken, key: SigningKey, correlationId: string | null) => SignedToken;

/** One signer a service, each in a file of its own beside this one. */
const signers: Readonly<
  Record<
    Resource['service'],
    (token: AuthorizedToken, key: SigningKey, correlationId: string | null) => string
  >
> = { blob: signBlob };

/** The first `sv` whose user delegation layout has a line for `scid`. */
const FIRST_VERSION_WITH_SCID = '2020-02-10';

/** @throws BrokerError `internal` where key and token do not belong together, or the token would not be what was authorized. */
export const sign: Sign = (token, key, correlationId) => {
  assertBelongs(token, key);
  const scid = takesCorrelationId(token) ? correlationId : null;
  const query = signers[token.resource.service](token, key, scid);
  const base = resourceUrl(token.account, token.resource);
  return {
    query,
    url: `${base}${base.includes('?') ? '&' : '?'}${query}`,
    fingerprint: fingerprintOf(parseSasQuery(query).get('sig') ?? ''),
    signedWith: signedWith(key),
    correlationId: scid,
  };
};

function signedWith(key: SigningKey): SignedWith {
  if (key.kind === 'service') return { key: key.key.name, secretVersion: key.key.secretVersion };
  const { objectId, startsAt, expiresAt } = key.key;
  return { delegationKey: { objectId, startsAt, expiresAt } };
}

/** Account-key kinds have no such field, and the broker's own may be left out where an endpoint refuses it. */
function takesCorrelationId({ kind, account }: AuthorizedToken): boolean {
  return (
    kind === 'user-delegation' &&
    account.sasVersion >= FIRST_VERSION_WITH_SCID &&
    !account.unsupportedFields.has('scid')
  );
}

function assertBelongs(token: AuthorizedToken, key: SigningKey): void {
  const fault =
    key.kind !== token.kind
      ? `a ${token.kind} token was given a ${key.kind} key`
      : token.resource.account !== token.account.name
        ? 'the resource is of another account'
        : key.kind === 'user-delegation' && key.key.expiresAt < token.expiresAt
          ? 'the token outlives its key'
          : null;
  if (fault !== null) throw new BrokerError('internal', 'The token could not be signed.', { reason: fault });
}
