import type { Revocation } from '../../../shared/revocation/revoke.ts';
import type { PlannedLever } from '../plan/lever-words.ts';

export type Rotation = Revocation['rotation'];
export type Ended = NonNullable<Rotation['ended']>[number];

/** Which entries of `ended` belong to an order. */
export interface OrderedBy {
  readonly lever: Pick<PlannedLever, 'lever' | 'on'>;
  /** `issuer/subject` of the operator. */
  readonly by: string;
  /** When the plan was read, by the broker's clock: an order of the same operator that is older is another one. */
  readonly since: string;
}

/**
 * Returns what the order ended, as far as it is recorded. Two entries if both keys are replaced. An entry counts only if
 * nothing else can have made it, so that no other proof is taken for this one.
 */
export function deathsOf({ lever, by, since }: OrderedBy, ended: Rotation['ended']): readonly Ended[] {
  const mine = (ended ?? []).filter(
    (one) => one.by === by && Date.parse(one.orderedAt) >= Date.parse(since) && isOf(lever, one),
  );
  return mine.slice(0, expectedDeaths(lever));
}

/** Returns how many entries the order makes. */
export function expectedDeaths({ on }: OrderedBy['lever']): number {
  return on.key === 'both' ? 2 : 1;
}

function isOf({ lever, on }: OrderedBy['lever'], { what, policy, place }: Ended): boolean {
  switch (lever) {
    case 'delete-policy':
      return (
        what === 'policy' && policy === on.policy && place === `${on.service ?? ''}/${on.container ?? ''}`
      );
    case 'revoke-delegation-keys':
      return what === 'delegation-keys';
    case 'regenerate-key':
      return what === 'key';
    case 'remove-role':
      return false;
  }
}
