import { actorOf } from '../shared/audit/audit-record.ts';
import { SERVICES } from '../shared/azure/services.ts';
import { BrokerError } from '../shared/broker-error.ts';
import type { Broker } from '../shared/compose/compose.ts';
import { signsWithKeys } from '../shared/config/broker-config.ts';
import { policyDeathId } from '../shared/deaths/death.ts';
import { resourceFaults } from '../shared/requests/resource-services.ts';
import { deletePolicy, policyNotFound } from '../shared/stored-policies/delete-policy.ts';
import { type PolicyBody, policyFromBody } from '../shared/stored-policies/policy-body.ts';
import { findUsableAfter, ledgerKey } from '../shared/stored-policies/policy-ledger.ts';
import { policyView } from '../shared/stored-policies/policy-view.ts';
import { type PolicyStatus, putPolicy } from '../shared/stored-policies/put-policy.ts';
import { type PolicyPlace, resourceOf } from '../shared/stored-policies/stored-policy.ts';
import { freeSlot } from '../shared/stored-policies/sweep-place.ts';
import { type Call, callerOf, type Reply } from './route.ts';

/** `GET /accounts/{account}/{service}/{resource}/policies` */
export async function getPolicies(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const items = (await answersAt(broker, placeOf(broker, call), call)).map(policyView);
  return { status: 200, body: { items, nextCursor: null } };
}

/** `GET …/policies/{policyId}` */
export async function getPolicy(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const answers = await answersAt(broker, placeOf(broker, call), call);
  const found = answers.find(({ policy }) => policy.id === call.params['policyId']);
  if (found === undefined) throw policyNotFound();
  return { status: 200, body: policyView(found) };
}

/** `PUT …/policies/{policyId}`: creates or replaces. */
export async function putStoredPolicy(broker: Broker, call: Call<PolicyBody>): Promise<Reply> {
  const place = placeOf(broker, call);
  const policy = policyFromBody(place, call.params['policyId'] ?? '', call.body);
  const { policies } = broker.issuing;
  await freeSlot(policies, place, policy.id, call.deadline);
  const caller = callerOf(call);
  const change = putPolicy(policy, actorOf(caller), caller.name);
  const answer = await policies.changes.apply(place, change, call.deadline);
  return { status: 200, body: policyView(answer) };
}

/** `DELETE …/policies/{policyId}` */
export async function deleteStoredPolicy(broker: Broker, call: Call<undefined>): Promise<Reply> {
  const caller = callerOf(call);
  const { changes, random } = broker.issuing.policies;
  const edit = deletePolicy(call.params['policyId'] ?? '', {
    death: policyDeathId(random()),
    by: actorOf(caller),
    byName: caller.name,
    reason: 'the policy was deleted',
  });
  await changes.apply(placeOf(broker, call), edit, call.deadline);
  return { status: 204, body: undefined };
}

async function answersAt(
  broker: Broker,
  place: PolicyPlace,
  { deadline, now }: Call<unknown>,
): Promise<PolicyStatus[]> {
  const { policies: stored, ledgers } = broker.issuing.policies;
  const [{ policies }, { ledger }] = await Promise.all([
    stored.read(place, deadline),
    ledgers.load(ledgerKey(place), deadline),
  ]);
  return policies.map((policy) => {
    return { policy, usableAfter: findUsableAfter(ledger.changed, policy.id, now) };
  });
}

/** Returns the place in the path. An invalid name is not found, like a name that does not exist. */
function placeOf(broker: Broker, { params }: Call<unknown>): PolicyPlace {
  const account = broker.config.accounts.get(params['account'] ?? '');
  if (account === undefined) throw new BrokerError('not_found', 'No account of this name is configured.');
  const service = SERVICES.find((one) => one === params['service']);
  if (service === undefined)
    throw new BrokerError('not_found', `The service must be one of ${SERVICES.join(', ')}.`);
  const place = { account, service, name: params['resource'] ?? '' };
  if (resourceFaults(resourceOf(place)).length > 0)
    throw new BrokerError('not_found', 'The name is not valid for a container, queue, table or share.');
  if (!signsWithKeys(account))
    throw new BrokerError(
      'conflict',
      'This account is configured without keys, or with allowSharedKeyAccess: false. Its stored access policies cannot be edited without an account key.',
    );
  return place;
}
