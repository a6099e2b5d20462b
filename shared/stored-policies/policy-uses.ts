import { addSeconds } from '../iso-time.ts';
import type { PolicyPlace } from './stored-policy.ts';

/** The tokens based on one policy that expire after some instant. */
export interface PolicyUse {
  readonly count: number;
  /** Ids of at most `MAX_USE_IDS` of them, as the API names tokens. */
  readonly ids: readonly string[];
}

export const MAX_USE_IDS = 100;

/** Finds the issued tokens that are based on a policy. */
export interface PolicyUses {
  /**
   * Returns the tokens based on policy `id` of `place` that expire after `since`. It finds all of them or throws: an
   * incomplete read is an error.
   * @throws BrokerError `audit_unavailable`.
   */
  find(place: PolicyPlace, id: string, since: Date, deadline: Date): Promise<PolicyUse>;
}

/**
 * Returns the instant after which a token must expire to be live at `now`. Storage judges tokens by its own clock, which
 * may be behind this host's by `clockSkew`.
 */
export function mayLiveSince({ account }: PolicyPlace, now: Date): Date {
  return addSeconds(now, -(account.rotation?.clockSkew ?? 0));
}

/**
 * Returns a function that finds the uses of each policy once and remembers them. Under a lease that blocks a policy, no
 * token based on it is delivered, so one look is enough.
 */
export function rememberUses(
  { uses, clock }: { readonly uses: PolicyUses; readonly clock: () => Date },
  place: PolicyPlace,
  deadline: Date,
): (id: string) => Promise<PolicyUse> {
  const known = new Map<string, Promise<PolicyUse>>();
  return (id) => {
    const use = known.get(id) ?? uses.find(place, id, mayLiveSince(place, clock()), deadline);
    known.set(id, use);
    return use;
  };
}

/** Returns the ids of the policies that no token uses. */
export async function selectUnused(
  ids: readonly string[],
  findUses: (id: string) => Promise<PolicyUse>,
): Promise<readonly string[]> {
  const uses = await Promise.all(ids.map(findUses));
  return ids.filter((_, index) => uses[index]?.count === 0);
}
