import { type Exit, refusal } from './exit-codes.ts';
import { placeText } from './lever-place.ts';
import type { PlannedLever } from './revocation-plan.ts';

/** What the command line says about the lever. */
export interface Wish {
  readonly lever: string | undefined;
  readonly on: string | undefined;
}

/** Either the one lever that is meant, or those among which the operator must choose. */
export type Choice =
  | { readonly kind: 'one'; readonly lever: PlannedLever }
  | { readonly kind: 'several'; readonly levers: readonly PlannedLever[] };

/**
 * Finds the levers of a plan that the command line means. Without `--lever`, levers that are pulled by hand do not count.
 * @throws Exit if there is none, or if it is pulled by hand only.
 */
export function chooseLever(levers: readonly PlannedLever[], { lever: name, on }: Wish): Choice {
  if (levers.length === 0)
    throw refusal('No lever ends anything of this target, so there is nothing to revoke.');
  const meant = levers.filter(
    ({ lever, on: place }) =>
      (name === undefined || lever === name) && (on === undefined || placeText(place) === on),
  );
  if (meant.length === 0)
    throw refusal(`The plan has no such lever. It has: ${levers.map(leverText).join('; ')}.`);
  const pullable = meant.filter(({ byHand }) => !byHand);
  const [first] = pullable;
  if (first === undefined) throw byHand(meant);
  return pullable.length === 1 ? { kind: 'one', lever: first } : { kind: 'several', levers: pullable };
}

/** Returns a lever and its place in words. */
export const leverText = ({ lever, on }: Pick<PlannedLever, 'lever' | 'on'>): string =>
  `${lever} on ${placeText(on)}`;

function byHand(levers: readonly PlannedLever[]): Exit {
  const commands = levers.flatMap(({ command }) => (command === null ? [] : [`  ${command}`]));
  return refusal(
    [`The broker does not pull ${levers.map(leverText).join(' or ')}. Do it by hand:`, ...commands].join(
      '\n',
    ),
  );
}
