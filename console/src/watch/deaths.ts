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
