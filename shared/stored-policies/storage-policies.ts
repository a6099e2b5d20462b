import { describeFailure, statusOf } from '../azure-calls/failure.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import type { Service } from '../azure/services.ts';
import { BrokerError } from '../broker-error.ts';
import type { AccountKeys } from '../keys/signing-keys.ts';
import type { AccessPolicies, KeyedPlace } from './storage-access-policies.ts';
import { containerPolicies, queuePolicies, sharePolicies } from './storage-signed-identifiers.ts';
import { placePath, type PolicyList, type PolicyPlace, type StoredPolicies } from './stored-policy.ts';
import { tablePolicies } from './table-policies.ts';

interface StoragePoliciesOptions {
  readonly accountKeys: AccountKeys;
  readonly clock: () => Date;
}

const POLICIES: Readonly<Record<Service, AccessPolicies>> = {
  blob: containerPolicies,
  queue: queuePolicies,
  table: tablePolicies,
  file: sharePolicies,
};

const PLACE_NAMES: Readonly<Record<Service, string>> = {
  blob: 'container',
  queue: 'queue',
  table: 'table',
  file: 'share',
};

/** Stored access policies in storage, read and replaced with the account key. */
export class StoragePolicies implements StoredPolicies {
  readonly #options: StoragePoliciesOptions;

  constructor(options: StoragePoliciesOptions) {
    this.#options = options;
  }

  read(place: PolicyPlace, deadline: Date): Promise<PolicyList> {
    return this.#call(place, deadline, (keyed, signal) => POLICIES[place.service].read(keyed, signal));
  }

  async replace(place: PolicyPlace, list: PolicyList, deadline: Date): Promise<void> {
    await this.#call(place, deadline, async (keyed, signal) => {
      try {
        await POLICIES[place.service].replace(keyed, list, signal);
      } catch (error) {
        throw statusOf(error) === 400 ? policyRejected(place, describeFailure(error)) : error;
      }
    });
  }

  async #call<Value>(
    place: PolicyPlace,
    deadline: Date,
    work: (keyed: KeyedPlace, signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    const { accountKeys, clock } = this.#options;
    const { account, name } = place;
    const left = deadline.getTime() - clock().getTime();
    if (left <= 0) throw unavailable(place, 'no time left');
    try {
      return await withTimeout(left, async (signal) => {
        const { value } = await accountKeys.current(account, clock());
        // After the deadline someone else may be changing the policies, so nothing may be sent.
        signal.throwIfAborted();
        return await work({ account, name, key: value }, signal);
      });
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      if (statusOf(error) === 404) throw placeNotFound(place);
      throw unavailable(place, describeFailure(error));
    }
  }
}

function placeNotFound({ service }: PolicyPlace): BrokerError {
  return new BrokerError('not_found', `There is no ${PLACE_NAMES[service]} with this name.`);
}

/** The place and its list were read just before, so it is the content of the list that storage rejects. */
function policyRejected(place: PolicyPlace, what: string): BrokerError {
  return new BrokerError('invalid_request', 'Storage rejected the stored access policy.', {
    errors: [{ path: '', message: 'is not a policy that this service accepts' }],
    reason: `policies of ${placePath(place)}: ${what}`,
  });
}

function unavailable(place: PolicyPlace, what: string): BrokerError {
  return new BrokerError('storage_unavailable', 'The stored access policies are currently unavailable.', {
    reason: `policies of ${placePath(place)}: ${what}`,
    retryAfter: 1,
  });
}
