import { isContainer, type LocatedFault, locateFault, type Path } from '../input/fault-path.ts';
import { isLoopback } from './web-address.ts';

const PLACEHOLDERS: readonly (readonly [RegExp, string])[] = [
  [/<[^<>]*>/, 'text in angle brackets'],
  [/(?<![0-9a-f])0{8}(?:-0{4}){3}-0{12}(?![0-9a-f])/i, 'an all-zero GUID'],
  [/example/i, '"example"'],
];

/**
 * Returns what a broker.json may have on a laptop or in a repository, but not in a deployment: placeholders, loopback
 * hosts and http.
 * @param value the file's JSON value, with or without faults.
 */
export function deployFaults(value: unknown): LocatedFault[] {
  return texts(value, []).flatMap(({ path, text }) => {
    const last = path.at(-1);
    if (last === '$schema' || last === 'description') return [];
    const placeholders = PLACEHOLDERS.filter(([pattern]) => pattern.test(text)).map(
      ([, what]) => `has ${what}, a placeholder; replace it with the real value`,
    );
    return [...placeholders, ...hostFaults(path, text)].flatMap((message) => locateFault(path, message));
  });
}

function hostFaults(path: Path, text: string): string[] {
  const isHost =
    path.at(-2) === 'endpoints' ||
    (path[0] === 'issuers' && path.at(-1) === 'issuer') ||
    (path[0] === 'console' && String(path[1]).endsWith('Endpoint'));
  if (!isHost || !URL.canParse(text)) return [];
  const url = new URL(text);
  return [
    ...(isLoopback(url) ? ['must not be a host on this machine'] : []),
    ...(url.protocol === 'http:' ? ['must be https'] : []),
  ];
}

function texts(value: unknown, path: Path): { path: Path; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (!isContainer(value)) return [];
  const parts: [PropertyKey, unknown][] = Array.isArray(value)
    ? value.map((item: unknown, index) => [index, item])
    : Object.entries(value);
  return parts.flatMap(([name, part]) => texts(part, [...path, name]));
}
