import type { Service } from '../../../shared/azure/services.ts';
import type { OwnGrant } from '../api/replies.ts';

export interface Choice {
  readonly letter: string;
  readonly name: string;
}

/** Azure's letters of each service in its order, with their names for people. Other letters exist for directories only. */
const LETTERS: Readonly<Record<Service, readonly (readonly [string, string])[]>> = {
  blob: [
    ['r', 'Read'],
    ['a', 'Add'],
    ['c', 'Create'],
    ['w', 'Write'],
    ['d', 'Delete'],
    ['x', 'Delete version'],
    ['y', 'Delete permanently'],
    ['l', 'List'],
    ['t', 'Tags'],
    ['f', 'Find by tags'],
    ['m', 'Move'],
    ['e', 'Execute'],
    ['o', 'Ownership'],
    ['p', 'Permissions'],
    ['i', 'Immutability'],
  ],
  queue: [
    ['r', 'Read'],
    ['a', 'Add'],
    ['u', 'Update'],
    ['p', 'Process'],
  ],
  table: [
    ['r', 'Query'],
    ['a', 'Add'],
    ['u', 'Update'],
    ['d', 'Delete'],
  ],
  file: [
    ['r', 'Read'],
    ['c', 'Create'],
    ['w', 'Write'],
    ['d', 'Delete'],
    ['l', 'List'],
  ],
};
/** Letters that only hierarchical accounts know, or that hardly anybody asks for: shown if a grant has them. */
const RARE = 'yfmeop';

/** Returns the letters to offer: the service's, without rare ones that no grant allows. */
export function choicesFor(service: Service, granted: ReadonlySet<string>): Choice[] {
  return LETTERS[service]
    .filter(([letter]) => service !== 'blob' || !RARE.includes(letter) || granted.has(letter))
    .map(([letter, name]) => ({ letter, name }));
}

/** Returns the letters that at least one grant allows for a service, in Azure's order. */
export function grantedLetters(
  grants: readonly Pick<OwnGrant, 'permissions'>[],
  service: Service,
): ReadonlySet<string> {
  const all = new Set(grants.flatMap(({ permissions }) => (permissions[service]?.letters ?? '').split('')));
  return new Set(LETTERS[service].map(([letter]) => letter).filter((letter) => all.has(letter)));
}

/** Returns the letters with one more or one less, in Azure's order. */
export function toggleLetter(letters: string, letter: string, service: Service): string {
  const next = new Set(letters);
  if (!next.delete(letter)) next.add(letter);
  return LETTERS[service]
    .map(([known]) => known)
    .filter((known) => next.has(known))
    .join('');
}
