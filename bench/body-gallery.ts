/** Returns a body of about `size` bytes. */
type BodyOfSize = (size: number) => string;

/** The text of a JSON string, without its quotes and already escaped, of about `size` bytes. */
type TextOfSize = (size: number) => string;

export interface NamedBody {
  readonly name: string;
  readonly body: BodyOfSize;
}

const URL_START = 'https://media.blob.core.windows.net/uploads/';

const repeat =
  (unit: string, start = '', end = ''): TextOfSize =>
  (size) => {
    const room = size - Buffer.byteLength(start + end);
    return start + unit.repeat(Math.max(1, Math.floor(room / Buffer.byteLength(unit)))) + end;
  };

/** Texts against what decodes, searches or compares text. They are JSON: a backslash is written twice. */
const TEXTS: Readonly<Record<string, TextOfSize>> = {
  letters: repeat('r'),
  'permission letters': repeat('cw'),
  spaces: repeat(' ', 'x', 'x'),
  'escaped quotes': repeat('\\"'),
  backslashes: repeat('\\\\'),
  'unicode escapes': repeat('\\u0041'),
  controls: repeat('\\u0001'),
  'lone surrogates': repeat('\\ud800'),
  emoji: repeat('😀'),
  Chinese: repeat('中'),
  'combining marks': repeat('a\u0301'),
  'percent 25': repeat('%25'),
  'half percent': repeat('%'),
  slashes: repeat('/'),
  segments: repeat('a/'),
  dots: repeat('../'),
  hyphens: repeat('1-'),
  'digits after a dot': repeat('1', '2026-11-22T15:15:00.', 'Z'),
  'a duration': repeat('1', 'P', 'D'),
  digits: repeat('9'),
  colons: repeat(':'),
  'at signs': repeat('@', 'https://'),
  'sig and spaces': repeat(' ', 'sig'),
  'sig and quotes': repeat('\\"', 'sig'),
  'sig and pluses': repeat('+', 'sig'),
  'sig and backslashes': repeat('\\\\', 'sig'),
  'sig and percent 25': repeat('%25', 'sig'),
  'sig and %20': repeat('%20', 'sig'),
  'sig and %2520': repeat('%2520', 'sig'),
  'sig and escapes': repeat('\\\\u0020', 'sig'),
  'many sig': repeat('sig'),
  'many sig with a space': repeat('sig '),
  'many sig=': repeat('sig='),
  'many sig= with 39 characters': repeat(`sig=${'A'.repeat(39)} `),
  'many signatures': repeat(`sig=${'A'.repeat(44)}&`),
  'one signature': repeat('A', 'sig='),
  'signatures and separators': repeat(`=${'A'.repeat(39)}`, `sig=${'A'.repeat(44)}`),
  'a signature, then separators': repeat('= ', `sig=${'A'.repeat(44)}`),
  'escaped slashes of base64': repeat('\\\\/', 'sig='),
  'AccountKey prefixes': repeat('AccountKe'),
  'percent and base64': repeat('%2b', 'sig%3d'),
  'a file name': repeat('a', 'attachment; filename=\\"', 'é\\"'),
  'a file name of accents': repeat('é', 'attachment; filename=\\"', '\\"'),
  'a file name of backslashes': repeat('\\\\a', 'attachment; filename=\\"', 'é'),
  'a disposition of spaces': repeat(' ', 'attachment', '; filename=é'),
  'quotes of RFC 8187': repeat("'", 'attachment; filename*=', 'é'),
  'a query': repeat('a=b&', '?'),
  'equal signs': repeat('='),
  'an endpoint and percent signs': repeat('%25', URL_START),
  'an endpoint and slashes': repeat('a/', URL_START),
  'an endpoint and spaces': repeat(' ', URL_START),
  'an endpoint and Chinese': repeat('%E4%B8%AD', URL_START),
  'an endpoint and a query': repeat('&sig=a', `${URL_START}?sv=1`),
};

/** JSON around a text: the member that it attacks. */
type Around = readonly [before: string, after: string];

const TOKEN = '"permissions":"cw","resource":{"service":"blob","container":"uploads","blob":"a"}';
const TOKEN_MEMBERS = ['purpose', 'ttl', 'startsAt', 'expiresAt', 'kind', 'ip', 'protocol'];
const MORE_TOKEN_MEMBERS = ['encryptionScope', 'policy', 'bindTo', 'agent', 'clamp'];
const HEADERS = ['contentDisposition', 'cacheControl'];
const RESOURCE_STARTS = [
  '"service":"blob","container":"uploads","blob":',
  '"service":"blob","container":"uploads","directory":',
  '"service":"blob","container":"uploads","blob":"a","snapshot":',
  '"service":"blob","container":',
  '"service":"table","table":',
  '"service":"table","table":"Inventory","partitionKeyStart":',
  '"service":"file","share":"docs","file":',
  '"service":"queue","queue":',
  '"service":"queue","queue":"jobs","account":',
  '"service":',
];

/** Where a token request has text. */
export const TOKEN_PLACES: readonly Around[] = [
  ...[...TOKEN_MEMBERS, ...MORE_TOKEN_MEMBERS].map((name): Around => [`{${TOKEN},"${name}":"`, '"}']),
  ...HEADERS.map((name): Around => [`{${TOKEN},"responseHeaders":{"${name}":"`, '"}}']),
  ...RESOURCE_STARTS.map((start): Around => [`{"permissions":"cw","resource":{${start}"`, '"}}']),
  ['{"permissions":"cw","url":"', '"}'],
  ['{"resource":{"service":"blob","container":"uploads","blob":"a"},"permissions":"', '"}'],
  ['{"resource":{"service":"blob","container":"uploads","blob":"a"},"permissions":["', '"]}'],
  [`{${TOKEN},"`, '":1}'],
  [`{${TOKEN},"a":{"`, '":1,"b":1,"b":1}}'],
];

/** A batch takes long, so each text is tried in one place only, where it is decoded and compared most. */
const BATCH_PLACES: readonly Around[] = [['{"permissions":"cw","url":"', '"}']];

/** Returns the places of a body whose members are these. */
export function placesOf(names: readonly string[]): Around[] {
  return [...names.map((name): Around => [`{"${name}":"`, '"}']), ['{"', '":1}']];
}

/** Fills a body with as many units as fit. They are numbered, so that names can differ. */
function filled(before: string, unit: (index: number) => string, after: string): BodyOfSize {
  return (size) => {
    const units: string[] = [];
    let length = before.length + after.length;
    for (let index = 0; ; index += 1) {
      const next = unit(index);
      length += Buffer.byteLength(next) + 1;
      if (length > size && units.length > 0) return `${before}${units.join()}${after}`;
      units.push(next);
    }
  };
}

/** The most values that a request may have is 1,000. */
const MANY = 990;

/** An object with as many members as a request may have, or as fit; their names are as long as the size allows. */
function members(start: string, member: (name: string, index: number) => string, end: string): BodyOfSize {
  return (size) => {
    const room = size - start.length - end.length;
    const count = Math.min(MANY, Math.floor(room / 24));
    const length = Math.max(5, Math.floor(room / count) - 20);
    const names = Array.from({ length: count }, (_, index) =>
      String(index).padStart(5, 'm').padEnd(length, 'x'),
    );
    return start + names.map(member).join() + end;
  };
}

/** Repeated members below objects with long names, so that each path is long. */
const deepRepeats: BodyOfSize = (size) => {
  const levels = 30;
  const repeats = Array.from({ length: 24 }, (_, index) => `"m${index}":1,"m${index}":1`).join();
  const open = `{"${'中'.repeat(Math.max(1, Math.floor(((size - repeats.length) / levels - 5) / 3)))}":`;
  return `${open.repeat(levels)}{${repeats}}${'}'.repeat(levels)}`;
};

const STRUCTURES: readonly NamedBody[] = [
  { name: 'services', body: filled('{"resource":{"services":[', () => '1', ']}}') },
  {
    name: 'service names',
    body: filled(
      '{"kind":"account","resource":{"services":[',
      () => '"blob"',
      '],"resourceTypes":["object"]}}',
    ),
  },
  { name: 'permissions', body: filled(`{${TOKEN},"permissions":[`, () => '"read"', ']}') },
  { name: 'requests', body: filled('{"requests":[', () => '1', ']}') },
  { name: 'empty lists', body: filled('[', () => '[]', ']') },
  { name: 'empty objects', body: filled('{"a":[', () => '{}', ']}') },
  { name: 'open lists', body: (size) => '['.repeat(size) },
  { name: 'open objects', body: (size) => '{"a":'.repeat(size / 5) },
  { name: 'closed lists', body: (size) => ']'.repeat(size) },
  { name: 'commas', body: (size) => ','.repeat(size) },
  { name: 'colons', body: (size) => `{${':'.repeat(size)}` },
  { name: 'spaces', body: (size) => ' '.repeat(size) },
  { name: 'quotes', body: (size) => '"'.repeat(size) },
  { name: 'an open string of escapes', body: (size) => `"${'\\"'.repeat(size / 2)}` },
  { name: 'one long word', body: (size) => 'a'.repeat(size) },
  { name: 'digits of one number', body: (size) => `{"ttl":${'1'.repeat(size)}}` },
  { name: 'a long exponent', body: (size) => `{"ttl":1e${'1'.repeat(size)}}` },
  { name: 'a long fraction', body: (size) => `{"ttl":0.${'1'.repeat(size)}}` },
  { name: 'numbers', body: filled('{"a":[', () => '-1.5e300', ']}') },
  { name: 'unknown members', body: filled('{', (index) => `"m${index}":1`, '}') },
  { name: 'repeated members', body: filled('{', () => '"permissions":"r"', '}') },
  { name: 'escaped repeats', body: filled('{', () => '"\\u0070\\u0065rmissions":"r"', '}') },
  { name: 'pairs of members', body: filled('{', (index) => `"m${index >> 1}":1`, '}') },
  { name: '990 unknown members', body: members('{', (name) => `"${name}":1`, '}') },
  { name: '990 nearly known members', body: members('{', (_, index) => `"permission${index}":1`, '}') },
  {
    name: '990 members of a resource',
    body: members('{"resource":{"service":"blob",', (name) => `"${name}":1`, '}}'),
  },
  { name: '990 escaped names', body: members('{', (name) => `"\\u0061${name}":1`, '}') },
  {
    name: '495 pairs of members',
    body: members('{', (name, index) => `"${index >> 1}${name.slice(5)}":1`, '}'),
  },
  { name: '990 nulls', body: members('{', (name) => `"${name}":null`, '}') },
  {
    name: '20 long Chinese members',
    body: (size) =>
      `{${Array.from({ length: 20 }, (_, index) => `"${'中'.repeat(Math.max(1, size / 60 - 4))}${index}":1`).join()}}`,
  },
  { name: 'deep repeats with long paths', body: deepRepeats },
  { name: '__proto__', body: filled('{"__proto__":{', (index) => `"m${index}":1`, '}}') },
];

/** Returns hostile bodies for a route: structures, and every text in each of its places. */
export function hostileBodies(places: readonly Around[]): NamedBody[] {
  const texts = Object.entries(TEXTS).flatMap(([name, text]) =>
    places.map(([before, after]): NamedBody => {
      const place = before.slice(-24);
      return {
        name: `${name} in ${place}`,
        body: (size) => `${before}${text(size - before.length - after.length)}${after}`,
      };
    }),
  );
  return [...STRUCTURES, ...texts];
}

/** Returns hostile batches: a hundred requests of the same kind, and each structure as the whole body. */
export function hostileBatches(): NamedBody[] {
  const hundreds = hostileBodies(BATCH_PLACES).map(({ name, body }): NamedBody => {
    const batch = (size: number) =>
      `{"requests":[${Array(100)
        .fill(body(Math.floor((size - 120) / 100)))
        .join()}]}`;
    return { name: `100 × ${name}`, body: batch };
  });
  return [...hundreds, ...STRUCTURES];
}
