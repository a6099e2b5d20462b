import { missingRoles, type Place, TITLES } from '../route/places.ts';

interface Group {
  readonly title: string;
  readonly places: readonly Place[];
}

const GROUPS: readonly Group[] = [
  { title: 'Investigate', places: ['overview', 'lookup', 'tokens', 'activity'] },
  { title: 'Operate', places: ['accounts', 'blocks'] },
  { title: 'Develop', places: ['grants', 'generate'] },
];

/** Returns the navigation for somebody with these roles. Groups without an entry are left out. */
export function navigationFor(roles: readonly string[]): readonly Group[] {
  return GROUPS.map(({ title, places }) => ({
    title,
    places: places.filter((place) => missingRoles(place, roles) === null),
  })).filter(({ places }) => places.length > 0);
}

/** The entry that is current while a place is open: a place without an entry belongs to another's. */
export function entryOf(place: Place): Place {
  if (place === 'account') return 'accounts';
  return place === 'plan' ? 'lookup' : place;
}

/** Returns the title of a place, for the window and the navigation. Only auditors see other people's tokens. */
export function titleOf(place: Place, roles: readonly string[]): string {
  return place === 'tokens' && !roles.includes('auditor') ? 'My tokens' : TITLES[place];
}
