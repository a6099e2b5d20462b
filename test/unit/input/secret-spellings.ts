import fc from 'fast-check';

const encoded = (text: string, times: number): string =>
  times === 0 ? text : encoded(encodeURIComponent(text), times - 1);

const SEPARATORS = [
  ...['=', ':'].flatMap((mark) => [0, 1, 2, 3, 4, 5].map((times) => encoded(mark, times))),
  ...[' = ', '": "', '":"', '\\":\\"', "': '", '\\u003d', '\\u003D', '\\u003a', '\\u0022:\\u0022'],
  ...['%22%3A%22', '%2522%253A%2522', '%20=%20', '+%3D', '%5Cu003d'],
];

/** What stands before a value that must not be kept: each name, in several cases, with each separator. */
export const SECRET_PREFIXES: readonly string[] = [
  'sig',
  'SIG',
  'AccountKey',
  'accountkey',
  'SharedAccessSignature',
].flatMap((name) => SEPARATORS.map((separator) => `${name}${separator}`));

/** Base64 characters, as long as the value of a secret at least is; at most as long as a policy's id permits. */
export const secretValue: fc.Arbitrary<string> = fc.stringMatching(/^[A-Za-z0-9+/]{40,44}$/);

/** Text that contains a secret, and the secret's value. */
export const secretText = fc
  .record({
    before: fc.constantFrom('', 's.jpg?sv=2025-11-05&', '{"', 'x;', '%3Fse%3D1%26', '%5'),
    prefix: fc.constantFrom(...SECRET_PREFIXES),
    value: secretValue,
    after: fc.constantFrom('', '=', '%3D', '"}', ' failed'),
  })
  .map(({ before, prefix, value, after }) => ({ text: `${before}${prefix}${value}${after}`, prefix, value }));
