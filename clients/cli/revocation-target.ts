import { usageFault } from './exit-codes.ts';

/** The target of `POST /revocations`. */
export type Target =
  | { readonly token: string }
  | { readonly caller: { readonly issuer: string; readonly subject: string } }
  | { readonly grant: string }
  | { readonly account: string; readonly service: string; readonly container: string }
  | { readonly account: string; readonly key?: string };

/** The forms of a target on the command line. */
export const TARGET_FORMS = [
  'token <id>',
  'caller <issuer>/<subject>',
  'grant <id>',
  'container <account>/<service>/<name>',
  'account <account>',
  'key <account>/<key1|key2|both>',
] as const;

/** Reads a target from its two words. @throws Exit for wrong usage. */
export function readTarget(words: readonly string[]): Target {
  const [kind = '', name = ''] = words;
  const form = TARGET_FORMS.find((one) => one.startsWith(`${kind} `));
  if (form === undefined)
    throw usageFault(`Name the target: ${TARGET_FORMS.map((one) => `"${one}"`).join(', ')}.`);
  const target = words.length === 2 && name !== '' ? targetOf(kind, name) : null;
  if (target === null) throw usageFault(`The target must be written as "${form}".`);
  return target;
}

/** Reads `issuer/subject`, which is split at the first slash. @throws Exit for wrong usage. */
export function readCaller(word: string): { readonly issuer: string; readonly subject: string } {
  const slash = word.indexOf('/');
  if (slash <= 0 || slash === word.length - 1)
    throw usageFault('A caller is written as <issuer>/<subject>, as lists and records show it.');
  return { issuer: word.slice(0, slash), subject: word.slice(slash + 1) };
}

function targetOf(kind: string, name: string): Target | null {
  const parts = name.split('/');
  const [account = '', second = '', container = ''] = parts;
  switch (kind) {
    case 'token':
      return { token: name };
    case 'caller':
      return { caller: readCaller(name) };
    case 'grant':
      return { grant: name };
    case 'container':
      return parts.length === 3 && parts.every((part) => part !== '')
        ? { account, service: second, container }
        : null;
    case 'account':
      return parts.length === 1 ? { account } : null;
    default:
      return parts.length === 2 && account !== '' && /^(?:key1|key2|both)$/.test(second)
        ? { account, key: second }
        : null;
  }
}
