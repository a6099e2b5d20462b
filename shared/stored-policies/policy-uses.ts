import { addSeconds } from '../iso-time.ts';
import type { PolicyPlace } from './stored-policy.ts';

/** Tokens by one policy that expire after some instant. */
export interface PolicyUse {
  readonly count: number;
  /** Ids of at most `MAX_USE_IDS` of them, as the API names tokens. */
  readonly ids: readonly string[];
}

export const MAX_USE_IDS = 100;

/** Finds issued tokens by policy in the audit table. */
export interface PolicyUses {
  /**
   * Tokens by policy `id` of `place` that expire after `since`, all of them: a read that runs out of time throws.
   * @throws BrokerError `audit_unavailable`.
   */
  of(place: PolicyPlace, id: string, since: Date, deadline: Date): Promise<PolicyUse>;
}

/**
 * Tokens that expire after it may be live at `now`: storage judges them by a clock of its own, which may be behind this
 * host's by `clockSkew`.
 */
export function mayLiveSince({ account }: PolicyPlace, now: Date): Date {
  return addSeconds(now, -(account.rotation?.clockSkew ?? 0));
}

/** Under a lease that endangers a policy no token by it leaves, so that one look is as good as many. */
export function rememberedUses(
  { uses, clock }: { readonly uses: PolicyUses; readonly clock: () => Date },
  place: PolicyPlace,
  deadline: Date,
): (id: string) => Promise<PolicyUse> {
  const known = new Map<string, Promise<PolicyUse>>();
  return (id) => {
    const use = known.get(id) ?? uses.of(place, id, mayLiveSince(place, clock()), deadline);
    known.set(id, use);
    return use;
  };
}
