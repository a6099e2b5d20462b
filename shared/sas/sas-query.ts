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

/** Returns the decoded `sig` of a query that was made here; an empty text if it has none. */
export function signatureIn(query: string): string {
  const encoded = /(?:^|&)sig=([^&]*)/.exec(query)?.[1];
  return encoded === undefined ? '' : decodeText(encoded);
}

/** Writes these fields as a query, in their order, percent-encoded, without a leading `?`. */
export function formatSasQuery(fields: SasFields): string {
  return [...fields].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
}

/**
 * Returns the first field in which a query differs from what it must carry (absent, changed, repeated or unexpected),
 * or null. The SDKs silently drop fields that a kind of SAS does not have, so the broker checks every query they return.
 * @param fields what `parseSasQuery` reads from the query.
 */
export function fieldAtFault(
  query: string,
  wanted: SasFields,
  fields: SasFields = parseSasQuery(query),
): string | null {
  for (const [name, value] of wanted) if (fields.get(name) !== value) return name;
  const names = query.split('&').map((pair) => {
    const end = pair.indexOf('=');
    return end < 0 ? pair : pair.slice(0, end);
  });
  const surplus = names.find((name, at) => !wanted.has(name) || names.indexOf(name) !== at);
  return surplus ?? null;
}

/**
 * Reports whether a query has each of the fields and the signature once, percent-encoded, and nothing else, in any order.
 * False also for a query that is encoded differently: `fieldAtFault` looks closer.
 */
export function carriesExactly(query: string, fields: SasFields, signature: string): boolean {
  const text = `&${query}&`;
  let length = 1;
  const hasPair = (name: string, value: string): boolean => {
    const pair = `&${name}=${encodeURIComponent(value)}&`;
    length += pair.length - 1;
    return text.includes(pair);
  };
  for (const [name, value] of fields) if (!hasPair(name, value)) return false;
  // Every pair is in the text, and no two are equal, so a text of this length has room for nothing else.
  return hasPair('sig', signature) && length === text.length;
}

function decodeText(text: string): string {
  // Most fields have nothing to decode.
  if (!text.includes('%') && !text.includes('+')) return text;
  const spaced = text.replaceAll('+', ' ');
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}
