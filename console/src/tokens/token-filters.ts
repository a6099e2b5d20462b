/** The filters of the list of tokens, as the address holds them. */
export const FILTER_NAMES = [
  'state',
  'account',
  'key',
  'grant',
  'kind',
  'issuer',
  'subject',
  'order',
] as const;
export type TokenFilters = Partial<Record<(typeof FILTER_NAMES)[number], string>>;

/** What the address may ask for. Anything else is left out, so that a link cannot make the list fail. */
const CHOICES: Partial<Record<keyof TokenFilters, readonly string[]>> = {
  state: ['live', 'unproved', 'expired', 'revoked', 'any'],
  key: ['key1', 'key2'],
  kind: ['user-delegation', 'service', 'account'],
  order: ['asc', 'desc'],
};
const ACCOUNT = /^[a-z0-9]{3,24}$/;

/** Returns the filters of an address. */
export function filtersOf(parameters: Readonly<Record<string, string | undefined>>): TokenFilters {
  const filters: TokenFilters = {};
  for (const name of FILTER_NAMES) {
    const value = parameters[name];
    if (value === undefined || value === '') continue;
    if (CHOICES[name]?.includes(value) === false) continue;
    if (name === 'account' && !ACCOUNT.test(value)) continue;
    filters[name] = value;
  }
  return filters;
}

/** Returns the query of `GET /tokens`. A caller needs both an issuer and a subject. */
export function tokenQuery(filters: TokenFilters, cursor: string | null, limit = 100): URLSearchParams {
  const { issuer, subject, ...plain } = filters;
  const query = new URLSearchParams(plain);
  if (issuer !== undefined && subject !== undefined) query.set('caller', `${issuer}/${subject}`);
  query.set('limit', String(limit));
  if (cursor !== null) query.set('cursor', cursor);
  return query;
}

/** True if a filter is set that leaves tokens out beyond the default, which is live tokens. */
export function isFiltered(filters: TokenFilters): boolean {
  return FILTER_NAMES.some(
    (name) => name !== 'order' && filters[name] !== undefined && filters[name] !== 'live',
  );
}
