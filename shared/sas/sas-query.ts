/** A SAS query's fields, decoded. */
export type SasFields = ReadonlyMap<string, string>;

/**
 * The fields of a SAS query, with or without its leading `?`; of a repeated one the first. Text that is no valid
 * percent-encoding stays as it is: never throws.
 */
export function parseSasQuery(query: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const pair of query.trim().replace(/^\?/, '').split('&')) {
    const at = pair.indexOf('=');
    const name = decodeText(at < 0 ? pair : pair.slice(0, at));
    if (name === '' || fields.has(name)) continue;
    const value = decodeText(at < 0 ? '' : pair.slice(at + 1));
    // Base64 holds no space: one in a signature was a "+" that somebody left unencoded.
    fields.set(name, name === 'sig' ? value.replaceAll(' ', '+') : value);
  }
  return fields;
}

/** The query of these fields, in their order, everything percent-encoded, without a leading `?`. */
export function formatSasQuery(fields: SasFields): string {
  return [...fields].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
}

/**
 * The first field in which a query differs from what it must carry, or null: an absent, changed, repeated or
 * unexpected one. The SDKs drop what a kind of SAS does not know without a word, so what they return is never
 * taken on trust.
 */
export function fieldAtFault(query: string, wanted: SasFields): string | null {
  const fields = parseSasQuery(query);
  const unequal = [...wanted].find(([name, value]) => fields.get(name) !== value);
  if (unequal !== undefined) return unequal[0];
  const names = query.split('&').map((pair) => pair.split('=', 1)[0] ?? '');
  const surplus = names.find((name, at) => !wanted.has(name) || names.indexOf(name) !== at);
  return surplus ?? null;
}

function decodeText(text: string): string {
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
