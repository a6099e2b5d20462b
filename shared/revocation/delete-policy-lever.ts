import { BrokerError } from '../broker-error.ts';
import { policyDeathId } from '../deaths/death.ts';
import { readEnded } from '../deaths/ended-view.ts';
import type { RotationJournal } from '../rotation/rotation-journal.ts';
import { deletePolicy, policyNotFound } from '../stored-policies/delete-policy.ts';
import type { PolicyPlace } from '../stored-policies/stored-policy.ts';
import { assertSameGeneration } from './assert-same-generation.ts';
import { type PolicyLever, policyGeneration } from './lever.ts';
import { orderText } from './order-text.ts';
import { instantAtShare, type RevocationCall, type RevocationPorts } from './revocation-ports.ts';
import { type RevocationProgress, UNPROVED } from './revocation-progress.ts';
import type { RevocationOrder } from './revocation-request.ts';

/** The share of the call's time in which the policy must be deleted. */
const DELETING_SHARE = 0.8;

/**
 * Deletes a stored access policy, a managed one or an operator's, which ends every token that depends on it. Storage may
 * need half a minute to apply that; the timer proves it.
 * @throws BrokerError `conflict` if the policy is no longer what the plan showed; `not_found` if it, or its container,
 * queue, table or share, does not exist; `audit_unavailable`, `storage_unavailable`, `signing_key_unavailable`.
 */
export async function pullPolicyLever(
  ports: RevocationPorts,
  order: RevocationOrder,
  { on: { service, container, policy } }: PolicyLever,
  call: RevocationCall,
): Promise<RevocationProgress> {
  const { policies, rotation } = ports;
  const { account, reason } = order;
  const { by, byName } = call;
  const deadline = instantAtShare(call.now, call.deadline, DELETING_SHARE);
  const place: PolicyPlace = { account, service, name: container };
  const found = (await policies.policies.read(place, deadline)).policies.find(({ id }) => id === policy);
  assertSameGeneration(order, policyGeneration(found ?? null));
  if (found === undefined) throw policyNotFound();
  const journal = await loadJournal(ports, order);
  const detail = orderText(order, `${policy} of ${service}/${container}`);
  await rotation.events.appendEvent(
    {
      at: rotation.clock(),
      type: 'revocation',
      account: account.name,
      actor: by,
      actorName: byName,
      phase: journal?.phase ?? null,
      activeKey: journal?.active ?? null,
      detail,
    },
    deadline,
  );
  rotation.log('event recorded', { type: 'revocation', account: account.name, actor: by, detail });
  const death = policyDeathId(policies.random());
  try {
    await policies.changes.apply(place, deletePolicy(policy, { death, by, byName, reason }), deadline);
  } catch (error) {
    if (!(error instanceof BrokerError) || error.code !== 'not_found') throw error;
    // Somebody else deleted it in the meantime, so its tokens are dead all the same.
    const deaths = await deathsOfOthers(ports, place, policy, call);
    return { journal, done: true, deaths, ...UNPROVED };
  }
  return { journal, done: true, deaths: [death], ...UNPROVED };
}

/**
 * Returns the death that another operator's deletion recorded. A proved one belongs to an earlier policy with the same id,
 * because this call has just read the policy. A failure to read them must not make the call fail.
 */
async function deathsOfOthers(
  { rotation }: RevocationPorts,
  { account, service, name }: PolicyPlace,
  policy: string,
  { deadline }: RevocationCall,
): Promise<readonly string[]> {
  const deaths = await readEnded(rotation.deaths, account.name, deadline);
  const others = (deaths ?? []).filter(
    ({ dead, proof }) =>
      dead.what === 'policy' &&
      dead.service === service &&
      dead.place === name &&
      dead.policy === policy &&
      proof?.refused !== true,
  );
  return others.slice(-1).map(({ id }) => id);
}

/** The deletion does not depend on the journal, which the reply only shows. */
async function loadJournal(
  { rotation }: RevocationPorts,
  { account }: RevocationOrder,
): Promise<RotationJournal | null> {
  if (account.rotation === null) return null;
  return rotation.journals.load(account.name).then(
    ({ journal }) => journal,
    () => null,
  );
}
