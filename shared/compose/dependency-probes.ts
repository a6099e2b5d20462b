import type { Service } from '../azure/services.ts';
import { userDelegationFault } from '../azure/sas-versions.ts';
import type { BrokerConfig, StorageAccount } from '../config/broker-config.ts';
import type { BearerTokens } from '../identity/caller.ts';
import { addSeconds } from '../iso-time.ts';
import type { DelegationKeys } from '../keys/signing-keys.ts';
import type { Probe } from './readiness.ts';

/** A failed request of a probe is repeated after this time at the earliest. */
const RETRY_MS = 60_000;
/** Any key that still signs tokens outlives this. */
const KEY_NEEDED_SECONDS = 60;

/**
 * Probes for the user delegation key of each account and service that a grant in force uses. A cached key costs nothing;
 * without one, storage is asked, at most once a minute while it fails.
 */
export function delegationProbes(
  config: Pick<BrokerConfig, 'accounts' | 'grants'>,
  keys: Pick<DelegationKeys, 'keyFor'>,
): Probe[] {
  return [...config.accounts.values()].flatMap((account) =>
    delegatedServices(config, account).map((service) => ({
      name: `delegation key of ${account.name}/${service}`,
      essential: false,
      run: retryingOncePerMinute((now) =>
        keys.keyFor(account, service, addSeconds(now, KEY_NEEDED_SECONDS), now, null),
      ),
    })),
  );
}

/** Probes for each issuer's discovery document and keys, which are cached as for callers. */
export function issuerProbes(
  { issuers }: Pick<BrokerConfig, 'issuers'>,
  tokens: Pick<BearerTokens, 'readKeys'>,
): Probe[] {
  return issuers.map(({ id, issuer }) => ({
    name: `issuer ${id}`,
    essential: false,
    run: retryingOncePerMinute((now) => tokens.readKeys(issuer, now)),
  }));
}

/** Returns the services of an account for which a grant in force gives user delegation tokens. */
export function delegatedServices(
  { grants }: Pick<BrokerConfig, 'grants'>,
  { name, sasVersion }: StorageAccount,
): Service[] {
  const services = grants
    .filter(({ kinds, mode }) => kinds.has('user-delegation') && mode === 'enforce')
    .flatMap(({ resources }) => resources.filter(({ account }) => account === name))
    .map(({ service }) => service);
  return [...new Set(services)].filter((service) => userDelegationFault(service, sasVersion) === null);
}

function retryingOncePerMinute(read: (now: Date) => Promise<unknown>): Probe['run'] {
  let failure: { readonly at: number; readonly error: unknown } | null = null;
  return async (now) => {
    if (failure !== null && Math.abs(now.getTime() - failure.at) < RETRY_MS) throw failure.error;
    try {
      await read(now);
      failure = null;
      return null;
    } catch (error) {
      failure = { at: now.getTime(), error };
      throw error;
    }
  };
}
