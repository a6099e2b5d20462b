import { parseArgs } from 'node:util';
import type { TokenRequest } from '../../js/index.ts';
import { FORMS } from './forms.ts';

/** What `sasb` was asked to do. */
export interface SasbCommand {
  readonly verb: 'get' | 'exec' | 'put' | 'ls';
  readonly request: TokenRequest & { readonly url: string };
  readonly form: keyof typeof FORMS;
  /** The words after the URL: a program and its arguments for `exec`. */
  readonly words: readonly string[];
  /** The file that `put` reads. */
  readonly file: string;
  readonly prefix: string | undefined;
  readonly scope: string | undefined;
}

/** A command line that cannot be run as it was typed. */
export class UsageFault extends Error {}

export const USAGE = `sasb get URL [-p r] [-f FORM]    print a token
sasb exec URL [-p rl] -- COMMAND  run a command with a token in its environment
sasb put FILE URL [-p w]         upload a file in blocks, for as long as it takes
sasb ls URL [--prefix TEXT]      list the blobs of a container, one name per line

  -p, --permissions LETTERS  default: r to get, rl to exec, w to put, l to list
  -f, --format FORM          ${Object.keys(FORMS).join(', ')}
      --ttl DURATION         such as PT1H
      --kind KIND            user-delegation, service or account
      --purpose TEXT         for the audit row
      --scope SCOPE          for az account get-access-token; or SASB_SCOPE

SASB_BROKER is the address of the broker, with /api. The bearer token is SASB_BEARER, what SASB_BEARER_COMMAND prints,
or what az account get-access-token returns. Exit codes: 0 done, 1 failed, 2 refused by the broker.`;

const OPTIONS = {
  permissions: { type: 'string', short: 'p' },
  format: { type: 'string', short: 'f', default: 'url' },
  ttl: { type: 'string' },
  kind: { type: 'string' },
  purpose: { type: 'string' },
  prefix: { type: 'string' },
  scope: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;
const PERMISSIONS = { get: 'r', exec: 'rl', put: 'w', ls: 'l' };
const KINDS = ['auto', 'user-delegation', 'service', 'account'] as const;

/**
 * Reads the words after `sasb`; null if they ask for help.
 * @throws UsageFault
 */
export function readSasbOptions(typed: readonly string[]): SasbCommand | null {
  const { values, positionals } = parse(typed);
  if (values.help === true) return null;
  const [verb = '', ...words] = positionals;
  if (!isVerb(verb)) throw new UsageFault(`The commands are ${Object.keys(PERMISSIONS).join(', ')}.`);
  const file = verb === 'put' ? words.shift() : '';
  const url = words.shift();
  if (file === undefined || url === undefined) throw new UsageFault('Too few words; see sasb --help.');
  if (verb === 'exec' ? words.length === 0 : words.length > 0)
    throw new UsageFault(
      verb === 'exec' ? 'exec needs a command after "--".' : 'Too many words; see sasb --help.',
    );
  if (!URL.canParse(url) || url.includes('?'))
    throw new UsageFault('The URL must be a whole one, without a query.');
  const { permissions = PERMISSIONS[verb], format, ttl, kind, purpose, prefix, scope } = values;
  if (!isForm(format)) throw new UsageFault(`The forms are ${Object.keys(FORMS).join(', ')}.`);
  const known = KINDS.find((one) => one === kind);
  if (kind !== undefined && known === undefined) throw new UsageFault(`The kinds are ${KINDS.join(', ')}.`);
  const request = { url, permissions, ttl, kind: known, purpose };
  return { verb, request, form: format, words, file, prefix, scope };
}

function parse(typed: readonly string[]) {
  try {
    return parseArgs({ args: [...typed], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UsageFault(error instanceof Error ? error.message : 'The command line is not valid.');
  }
}

const isVerb = (word: string): word is SasbCommand['verb'] => Object.hasOwn(PERMISSIONS, word);
const isForm = (word: string): word is keyof typeof FORMS => Object.hasOwn(FORMS, word);
