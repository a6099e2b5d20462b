/** The fields of a SAS query, decoded. */
export type SasFields = ReadonlyMap<string, string>;

/**
 * Reads the fields of a SAS query, with or without its leading `?`. The first of repeated fields counts. Text that is
 * not valid percent-encoding stays as it is. Never throws.
 */
export function parseSasQuery(query: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const pair of query.trim().replace(/^\?/, '').split('&')) {
    const at = pair.indexOf('=');
    const name = decodeText(at < 0 ? pair : pair.slice(0, at));
    if (name === '' || fields.has(name)) continue;
    const value = decodeText(at < 0 ? '' : pair.slice(at + 1));
    // Base64 has no spaces: a space in a signature was a "+" that was not percent-encoded.
    fields.set(name, name === 'sig' ? value.replaceAll(' ', '+') : value);
  }
  return fields;
}

/** Writes these fields as a query, in their order, percent-encoded, without a leading `?`. */
export function formatSasQuery(fields: SasFields): string {
  return [...fields].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
}

/**
 * Returns the first field in which a query differs from what it must carry (absent, changed, repeated or unexpected),
 * or null. The SDKs silently drop fields that a kind of SAS does not have, so the broker checks every query they return.
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
