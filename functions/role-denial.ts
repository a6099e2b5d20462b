import { recordedCaller } from '../shared/audit/audit-record.ts';
import { BrokerError } from '../shared/broker-error.ts';
import type { Broker } from '../shared/compose/compose.ts';
import type { Role } from '../shared/config/broker-config.ts';
import type { Caller } from '../shared/identity/caller.ts';

/**
 * Records that a caller lacks a role, and returns the error to throw.
 * @param what the route's name.
 * @param roles any of them would do.
 */
export async function denyRole(
  broker: Broker,
  caller: Caller,
  call: { readonly now: Date; readonly deadline: Date; readonly requestId: string },
  what: string,
  roles: readonly Role[],
): Promise<BrokerError> {
  const needed = roles.join(' or ');
  await broker.issuing.audit.appendDenial(
    {
      at: call.now,
      caller: recordedCaller(caller),
      requestId: call.requestId,
      code: 'forbidden',
      resource: null,
      permissions: null,
      kind: null,
      reason: `${what} requires the role ${needed}`,
      purpose: null,
    },
    call.deadline,
  );
  return new BrokerError('forbidden', `This requires the role ${needed}.`);
}
