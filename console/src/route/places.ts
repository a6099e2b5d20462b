import type { Role } from '../../../shared/config/broker-config.ts';

/** Every place in the console, and the only parameters that its address may have. */
export const PLACES = {
  overview: [],
  lookup: [],
  plan: ['token', 'issuer', 'subject', 'grant', 'account', 'service', 'container', 'key'],
  tokens: ['state', 'account', 'key', 'grant', 'kind', 'issuer', 'subject', 'order'],
  activity: ['type', 'account', 'since', 'until'],
  accounts: [],
  account: ['account'],
  blocks: [],
  grants: [],
  generate: ['account', 'service', 'container', 'grant'],
} as const satisfies Record<string, readonly string[]>;

export type Place = keyof typeof PLACES;
export type Params = Readonly<Record<string, string>>;
export interface At {
  readonly place: Place;
  readonly params: Params;
}

/** Ids, names and instants. A URL, a token or any other text does not fit. */
const VALUE = /^[\w.@:-]{1,160}$/;

export const TITLES: Readonly<Record<Place, string>> = {
  overview: 'Overview',
  lookup: 'Look up',
  plan: 'End tokens',
  tokens: 'Tokens',
  activity: 'Activity',
  accounts: 'Accounts and keys',
  account: 'Account',
  blocks: 'Blocks',
  grants: 'My grants',
  generate: 'Get a token',
};

/** The roles of which a place needs one. A place that is not here is for everyone. */
const NEEDS: Readonly<Partial<Record<Place, readonly Role[]>>> = {
  overview: ['auditor', 'operator'],
  plan: ['auditor', 'operator'],
  activity: ['auditor'],
  accounts: ['auditor', 'operator'],
  account: ['auditor', 'operator'],
  blocks: ['auditor', 'operator'],
};

/** Returns the roles of which `place` needs one, or null if the person may see it. */
export function missingRoles(place: Place, roles: readonly string[]): readonly Role[] | null {
  const needed = NEEDS[place];
  return needed === undefined || needed.some((role) => roles.includes(role)) ? null : needed;
}

/** Returns the place that the console opens if its address names none. */
export function homeOf(roles: readonly string[]): Place {
  return missingRoles('overview', roles) === null ? 'overview' : 'grants';
}

/** Reads the part of an address behind "#". Unknown parameters and values that do not fit are dropped; null: no place. */
export function parsePlace(hash: string): At | null {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split('?');
  if (!Object.hasOwn(PLACES, path)) return null;
  const place = path as Place;
  return { place, params: allowedParams(place, Object.fromEntries(new URLSearchParams(query))) };
}

function allowedParams(place: Place, params: Readonly<Record<string, string | undefined>>): Params {
  const names: readonly string[] = PLACES[place];
  const pairs = names.flatMap((name) => {
    const value = params[name];
    return value !== undefined && VALUE.test(value) ? [[name, value] as const] : [];
  });
  return Object.fromEntries(pairs);
}

/** Returns the address of a place, such as `#/account?account=media`. It never holds anything but what `parsePlace` reads. */
export function placeHref(place: Place, params: Readonly<Record<string, string | undefined>> = {}): string {
  const query = new URLSearchParams(allowedParams(place, params)).toString();
  return `#/${place}${query === '' ? '' : `?${query}`}`;
}

/** True if an address holds a signature, however often it is percent-encoded. */
export function holdsSignature(address: string): boolean {
  let text = address;
  for (let times = 0; times < 4; times += 1) {
    if (/(?:^|[^a-z])sig\s*=/i.test(text)) return true;
    text = text.replace(/%([0-7][0-9a-f])/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
  }
  return false;
}
