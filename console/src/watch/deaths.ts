import type { Revocation } from '../../../shared/revocation/revoke.ts';

export type Rotation = Revocation['rotation'];
export type Ended = NonNullable<Rotation['ended']>[number];

/**
 * Returns the entries of `ended` that an order made or joined. The broker's reply names them, because nothing else
 * distinguishes an order that another operator gave from one that only looks like it.
 */
export function deathsOf({ deaths }: Pick<Revocation, 'deaths'>, ended: Rotation['ended']): readonly Ended[] {
  return (ended ?? []).filter(({ id }) => deaths.includes(id));
}

/** The order that a call gave or joined. */
export interface GivenOrder {
  readonly at: string;
  /** `issuer/subject` of the operator whose earlier order this one joined; null if it is one's own. */
  readonly joined: string | null;
}

/**
 * Returns the order as it is recorded, which is earlier than its reply.
 * @param mine `issuer/subject` of who called. @param repliedAt stands for the order's time until it is read.
 */
export function givenOrder(deaths: readonly Ended[], mine: string, repliedAt: string): GivenOrder {
  const [death] = deaths;
  if (death === undefined) return { at: repliedAt, joined: null };
  return { at: death.orderedAt, joined: death.by === mine ? null : death.by };
}
