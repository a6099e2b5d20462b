import type { StorageAccount } from '../config/broker-config.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import type { PolicyList } from './stored-policy.ts';

/** How one service's SDK reads and replaces the policies of a place. May throw whatever the SDK throws. */
export interface AccessPolicies {
  read(place: KeyedPlace, abortSignal: AbortSignal): Promise<PolicyList>;
  /**
   * Sends the list once. A retry of a request that got no reply could take effect after a later replacement, and
   * overwrite what others have written by then; the lease outlasts a single request.
   */
  replace(place: KeyedPlace, list: PolicyList, abortSignal: AbortSignal): Promise<unknown>;
}

/** A container, queue, table or share, with the account key: storage accepts nothing else for policies. */
export interface KeyedPlace {
  readonly account: StorageAccount;
  readonly name: string;
  readonly key: SecretText;
}
