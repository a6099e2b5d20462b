import { readLeverStates } from './lever-state.ts';
import { revocationPlan, type RevocationPlan } from './revocation-plan.ts';
import { instantAtShare, type RevocationCall, type RevocationPorts } from './revocation-ports.ts';
import type { RevocationRequest } from './revocation-request.ts';
import { scanTarget } from './scan-target.ts';
import { findTarget } from './target-facts.ts';

/** The share of the remaining time that reading what the scan does not show may take, so that the reply can still be sent. */
const READING_SHARE = 0.95;

/**
 * Makes a plan that shows what each lever would end. Changes nothing.
 * @throws BrokerError `not_found` if the target's account or token does not exist; `rate_limited`, `audit_unavailable`,
 * `storage_unavailable`.
 */
export async function planRevocation(
  ports: RevocationPorts,
  request: RevocationRequest,
  call: RevocationCall,
): Promise<RevocationPlan> {
  const { target, lever } = request;
  const { now, deadline } = call;
  const found = await findTarget(ports, target, call);
  const { fold, scannedAll } = await scanTarget(ports, found, call);
  const { levers, hasMore } = fold.levers();
  const until = instantAtShare(now, deadline, READING_SHARE);
  const [planned, blockedCallers] = await Promise.all([
    readLeverStates(ports, levers, found.accounts, until),
    ports.blocksOf(fold.targeted.callers(), until),
  ]);
  return revocationPlan(target, lever, {
    accounts: found.accounts,
    fold,
    levers: planned,
    hasMoreLevers: hasMore,
    scannedAll,
    blockedCallers,
    now,
  });
}
