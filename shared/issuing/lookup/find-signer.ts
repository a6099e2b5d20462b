import { KEY_NAMES } from '../../azure/services.ts';
import { BrokerError } from '../../broker-error.ts';
import { type BrokerConfig, signsWithKeys, type StorageAccount } from '../../config/broker-config.ts';
import { hashKey, keyIdOf } from '../../keys/key-hash.ts';
import type { AccountKeys, SecretText } from '../../keys/signing-keys.ts';
import { locateUrl } from '../../requests/locate-url.ts';
import { verifies } from '../../sas/sas-verification.ts';
import type { KeyListings } from './key-listings.ts';
import type { FoundKey } from './lookup-body.ts';
import type { LookupQuestion } from './parse-lookup.ts';

export interface SignerPorts {
  readonly config: Pick<BrokerConfig, 'accounts'>;
  readonly accountKeys: AccountKeys;
  readonly keyListings: Pick<KeyListings, 'list'>;
  /** Tells how much of a call's time is left. */
  readonly clock: () => Date;
}

/** Which key signed a token. `unverified`: none that was tried. `undetermined`: a key could not be tried now. */
export type Signer =
  | {
      readonly verdict: 'signed';
      readonly account: StorageAccount;
      readonly key: Extract<FoundKey, { key: unknown }>;
    }
  | { readonly verdict: 'unverified' | 'undetermined' };

/** What an account's published key says: whether it signed the token; null: that cannot be told. */
interface Trial {
  readonly account: StorageAccount;
  readonly signed: boolean | null;
}

/**
 * Finds the account key that signed a token, if one did. Tries the published key of each account that the token may
 * belong to; only if none signed it, the keys that Resource Manager lists, in accounts with `rotation`.
 * @throws BrokerError `signing_key_unavailable` if the published key of an account without `rotation` cannot be read.
 */
export async function findSigner(
  ports: SignerPorts,
  { query, sas }: Pick<LookupQuestion, 'query' | 'sas'>,
  call: { readonly now: Date; readonly deadline: Date },
): Promise<Signer> {
  if (query === null) return { verdict: 'unverified' };
  const urls = sas.urls.length === 0 ? [null] : sas.urls;
  const isSignedBy = (account: StorageAccount, value: SecretText): boolean | null => {
    const verdicts = urls.map((url) => verifies(url, query, account, value));
    return verdicts.includes(true) ? true : verdicts.includes(false) ? false : null;
  };
  const trials: Trial[] = [];
  let failure: BrokerError | null = null;
  for (const account of accountsOf(ports, sas.urls)) {
    try {
      const key = await ports.accountKeys.current(account, call.now);
      const signed = isSignedBy(account, key.value);
      const { name, secretVersion, keyId } = key;
      if (signed === true) return { verdict: 'signed', account, key: { key: name, secretVersion, keyId } };
      trials.push({ account, signed });
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      // The keys that Resource Manager lists include the published one.
      trials.push({ account, signed: false });
      if (account.rotation === null) failure = error;
    }
  }
  const signer = await tryListedKeys(ports, trials, isSignedBy, call);
  if (signer.verdict !== 'signed' && failure !== null) throw failure;
  return signer;
}

async function tryListedKeys(
  { keyListings, clock }: SignerPorts,
  trials: readonly Trial[],
  isSignedBy: (account: StorageAccount, value: SecretText) => boolean | null,
  { deadline }: { readonly deadline: Date },
): Promise<Signer> {
  let verdict: 'unverified' | 'undetermined' = 'unverified';
  for (const { account } of trials.filter(
    (trial) => trial.signed === false && trial.account.rotation !== null,
  )) {
    const keys = await keyListings.list(account, { now: clock(), deadline });
    if (keys === null) verdict = 'undetermined';
    const name = KEY_NAMES.find((key) => keys !== null && isSignedBy(account, keys[key]) === true);
    if (keys === null || name === undefined) continue;
    const keyId = keyIdOf(hashKey(keys[name]));
    return { verdict: 'signed', account, key: { key: name, secretVersion: null, keyId } };
  }
  return { verdict };
}

/** Returns the accounts whose keys may have signed the token: the one in its URL, or all of them. */
function accountsOf({ config }: Pick<SignerPorts, 'config'>, urls: readonly string[]): StorageAccount[] {
  const accounts = [...config.accounts.values()];
  const keyed = accounts.filter(signsWithKeys);
  const [url] = urls;
  if (url === undefined) return keyed;
  const located = locateUrl(url, accounts);
  return located.ok ? keyed.filter(({ name }) => name === located.value.account) : [];
}
