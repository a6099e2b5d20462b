import { BrokerError } from '../broker-error.ts';
import { withTimeout } from '../azure-calls/timeout.ts';
import type { AccountKeys } from '../keys/signing-keys.ts';
import { statusOf, describeFailure } from '../azure-calls/failure.ts';
import type { AccessPolicies, Entrance } from './storage-access-policies.ts';
import { containerPolicies } from './storage-container-policies.ts';
import { queuePolicies } from './storage-queue-policies.ts';
import { sharePolicies } from './storage-share-policies.ts';
import { placePath, type PolicyList, type PolicyPlace, type StoredPolicies } from './stored-policy.ts';
import { tablePolicies } from './table-policies.ts';
import type { Service } from '../azure/services.ts';

interface StoragePoliciesOptions {
  readonly accountKeys: AccountKeys;
  readonly clock: () => Date;
}

const SERVICES: Readonly<Record<Service, AccessPolicies>> = {
  blob: containerPolicies,
  queue: queuePolicies,
  table: tablePolicies,
  file: sharePolicies,
};

const WORDS: Readonly<Record<Service, string>> = {
  blob: 'container',
  queue: 'queue',
  table: 'table',
  file: 'share',
};

/** Stored access policies where storage keeps them, reached with the account's key: the services take no other. */
export class StoragePolicies implements StoredPolicies {
  readonly #options: StoragePoliciesOptions;

  constructor(options: StoragePoliciesOptions) {
    this.#options = options;
  }

  read(place: PolicyPlace, deadline: Date): Promise<PolicyList> {
    return this.#call(place, deadline, (entrance, signal) => SERVICES[place.service].read(entrance, signal));
  }

  async replace(place: PolicyPlace, list: PolicyList, deadline: Date): Promise<void> {
    await this.#call(place, deadline, async (entrance, signal) => {
      try {
        await SERVICES[place.service].replace(entrance, list, signal);
      } catch (error) {
        throw statusOf(error) === 400 ? notTaken(place, describeFailure(error)) : error;
      }
    });
  }

  async #call<Value>(
    place: PolicyPlace,
    deadline: Date,
    work: (entrance: Entrance, signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    const { accountKeys, clock } = this.#options;
    const { account, name } = place;
    const left = deadline.getTime() - clock().getTime();
    if (left <= 0) throw unavailable(place, 'no time left');
    try {
      return await withTimeout(left, async (signal) => {
        const { value } = await accountKeys.current(account, clock());
        // Past the deadline somebody else may be editing: nothing may be sent any more.
        signal.throwIfAborted();
        return await work({ account, name, key: value }, signal);
      });
    } catch (error) {
      if (error instanceof BrokerError) throw error;
      if (statusOf(error) === 404) throw absent(place);
      throw unavailable(place, describeFailure(error));
    }
  }
}

function absent({ service }: PolicyPlace): BrokerError {
  return new BrokerError('not_found', `There is no ${WORDS[service]} of this name.`);
}

/** Of a request that was read just before: it is the list's content that storage does not take. */
function notTaken(place: PolicyPlace, what: string): BrokerError {
  return new BrokerError('invalid_request', 'Storage does not take such a stored access policy here.', {
    errors: [{ path: '', message: 'is no policy that this service takes' }],
    reason: `policies of ${placePath(place)}: ${what}`,
  });
}

function unavailable(place: PolicyPlace, what: string): BrokerError {
  return new BrokerError('storage_unavailable', 'Storage does not give its stored access policies now.', {
    reason: `policies of ${placePath(place)}: ${what}`,
    retryAfter: 1,
  });
}
