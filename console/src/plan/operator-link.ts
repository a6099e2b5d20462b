import { parsePlace, placeHref } from '../route/places.ts';
import { parametersOf, type Target, targetOf } from './target.ts';

/**
 * Returns an address that shows the plan of a target. It has ids and names only; null if an id does not fit into an address.
 * @param page the address of the console's page.
 */
export function operatorLink(target: Target, page: string): string | null {
  const hash = placeHref('plan', parametersOf(target));
  const read = targetOf(parsePlace(hash)?.params ?? {});
  if (JSON.stringify(read) !== JSON.stringify(target)) return null;
  return `${page.replace(/[?#].*/, '')}${hash}`;
}
