import { invalidRequest } from '../input/invalid-request.ts';
import { hasChanged } from './changed-lever.ts';
import { leversOfToken } from './affected-tokens.ts';
import { knownGeneration, readLeverStates } from './lever-state.ts';
import { accountLevers, type Lever, type LeverName, planHash, type PolicyLever } from './lever.ts';
import { instantAtShare, type RevocationCall, type RevocationPorts } from './revocation-ports.ts';
import type { RequestedAct, RevocationOrder } from './revocation-request.ts';
import { isAccountTarget, type RevocationTarget } from './revocation-target.ts';
import { scanTarget } from './scan-target.ts';
import { findTarget, type TargetFacts } from './target-facts.ts';
import { type LeverTally } from './token-fold.ts';
import { TokenTally } from './token-tally.ts';

const READING_SHARE = 0.9;

/**
 * Finds out which lever of a name an act pulls: the one whose hash it names, or for a forced act the only one.
 * @throws BrokerError `not_found` as for a plan; `conflict` if no lever has the hash, because what it acts on has changed;
 * `invalid_request` if a forced act may mean several levers; `rate_limited`, `audit_unavailable`, `storage_unavailable`.
 */
export async function resolveOrder(
  ports: RevocationPorts,
  target: RevocationTarget,
  act: RequestedAct,
  call: RevocationCall,
): Promise<RevocationOrder> {
  const found = await findTarget(ports, target, call);
  const lever = isAccountTarget(target)
    ? accountLevers(target).find(({ name }) => name === act.lever)
    : act.planHash === null
      ? await findOnly(ports, found, act.lever, call)
      : await findByHash(ports, found, act.lever, act.planHash, call);
  const account = lever && found.accounts.get(lever.on.account)?.account;
  if (lever === undefined || account === undefined) throw hasChanged(act.lever);
  return { ...act, target, lever, account };
}

/**
 * A plan showed the lever, so it need not end a live token of the target any more. Levers on keys are found without a
 * scan, so tokens that are issued meanwhile, however many, never make an act fail.
 */
async function findByHash(
  ports: RevocationPorts,
  found: TargetFacts,
  name: LeverName,
  hash: string,
  call: RevocationCall,
): Promise<Lever | undefined> {
  if (name !== 'delete-policy')
    return keyLevers(found).find((lever) => {
      const facts = found.accounts.get(lever.on.account);
      return (
        lever.name === name &&
        facts !== undefined &&
        planHash(found.target, lever, knownGeneration(lever, facts)) === hash
      );
    });
  const tallies = await policyLevers(ports, found, call);
  const until = instantAtShare(call.now, call.deadline, READING_SHARE);
  const states = await readLeverStates(ports, tallies, found.accounts, until);
  return states.find(({ lever, generation }) => planHash(found.target, lever, generation) === hash)?.lever;
}

/** Returns every lever on keys that the target can have. */
function keyLevers({ accounts }: TargetFacts): Exclude<Lever, PolicyLever>[] {
  return [...accounts.keys()].flatMap((account): Exclude<Lever, PolicyLever>[] => [
    { name: 'revoke-delegation-keys', on: { account } },
    { name: 'regenerate-key', on: { account, key: 'key1' } },
    { name: 'regenerate-key', on: { account, key: 'key2' } },
    { name: 'remove-role', on: { account } },
  ]);
}

async function policyLevers(
  ports: RevocationPorts,
  found: TargetFacts,
  call: RevocationCall,
): Promise<readonly LeverTally[]> {
  const { token } = found;
  const tallies =
    token === null
      ? (await scanTarget(ports, found, call)).fold.levers().levers
      : leversOfToken(token, null).map((lever) => ({
          lever,
          tally: new TokenTally(),
          delegators: new Set<string>(),
        }));
  return tallies.filter(({ lever }) => lever.name === 'delete-policy');
}

/** A forced act names no hash, so the target must have only one lever of the name. */
async function findOnly(
  ports: RevocationPorts,
  found: TargetFacts,
  name: LeverName,
  call: RevocationCall,
): Promise<Lever> {
  const { fold, scannedAll } = await scanTarget(ports, found, call);
  const { levers, hasMore } = fold.levers();
  const named = levers.filter(({ lever }) => lever.name === name);
  const [only] = named;
  if (only !== undefined && named.length === 1 && scannedAll && !hasMore && !fold.hasMorePolicies)
    return only.lever;
  const why =
    named.length === 0 && scannedAll
      ? `has no effect on this target now, because no live token of it depends on what ${name} acts on`
      : `may act on several things for this target; send the planHash of one of them instead of "force"`;
  throw invalidRequest('revocation', [
    { path: named.length === 0 && scannedAll ? 'lever' : 'force', message: why },
  ]);
}
