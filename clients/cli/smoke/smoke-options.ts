import { parseArgs } from 'node:util';
import { usageFault } from '../exit-codes.ts';

/** What `smoke` was asked to do. */
export interface SmokeOptions {
  /** The address of the broker; undefined on the laptop. */
  readonly broker: string | undefined;
  readonly laptop: boolean;
  /** The URL of the blob or container that the token is for; undefined on the laptop. */
  readonly resource: string | undefined;
  readonly permissions: Letter;
  readonly kind: string | undefined;
  readonly scope: string | undefined;
  /** This machine's address as the broker should see it; undefined if it is not known. */
  readonly ip: string | undefined;
  /** A file with the certificate of storage's issuer. */
  readonly ca: string | undefined;
  readonly newTick: boolean;
  readonly waitSeconds: number;
}

/** One use at storage for each. */
const LETTERS = ['r', 'l', 'c', 'w'] as const;
export type Letter = (typeof LETTERS)[number];

export const SMOKE_USAGE = `npm run smoke -- BROKER --resource URL [options]
npm run smoke -- --laptop

Gets a token from a deployed broker, uses it at storage, finds its audit row and looks for a tick of the timer.

  BROKER                the address of the broker, such as https://broker.example/api
  --resource URL        the blob that the token is for, or the container with -p l
  -p, --permissions X   r reads the blob (default), c or w writes a small one, l lists the container
  --kind KIND           user-delegation or service; default: what the broker chooses
  --scope SCOPE         gets the bearer token from az account get-access-token, such as api://<client id>/.default
  --ip ADDRESS          this machine's public address, which the audit row must have
  --new-tick            waits for a tick after the start of this command
  --wait SECONDS        how long to wait for a tick; default 330
  --ca FILE             trusts this certificate at storage
  --laptop              tries the laptop stack of this folder, with its sample callers

Without --scope, BEARER is the caller's access token. AUDITOR_BEARER and OPERATOR_BEARER are those of callers with these
roles, if the caller does not have them. Exit codes: 0 all checks passed, 1 a check failed, 2 wrong usage.`;

const OPTIONS = {
  resource: { type: 'string' },
  permissions: { type: 'string', short: 'p', default: 'r' },
  kind: { type: 'string' },
  scope: { type: 'string' },
  ip: { type: 'string' },
  ca: { type: 'string' },
  'new-tick': { type: 'boolean', default: false },
  wait: { type: 'string', default: '330' },
  laptop: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h' },
} as const;

/**
 * Reads the words after `smoke --`; null if they ask for help.
 * @throws Exit 2.
 */
export function readSmokeOptions(typed: readonly string[]): SmokeOptions | null {
  const { values, positionals } = parse(typed);
  if (values.help === true) return null;
  const [broker, ...others] = positionals;
  const { laptop, resource, wait } = values;
  const permissions = LETTERS.find((letter) => letter === values.permissions);
  if (others.length > 0) throw usageFault('Name one broker; see npm run smoke -- --help.');
  if (laptop && (broker ?? resource) !== undefined)
    throw usageFault('--laptop finds the broker and the resource itself; name neither.');
  if (!laptop && (broker === undefined || resource === undefined))
    throw usageFault('Name the broker and --resource, or give --laptop; see npm run smoke -- --help.');
  if (resource !== undefined && !isBlobUrl(resource))
    throw usageFault('--resource must be the https URL of a blob or container, without a query.');
  if (permissions === undefined) throw usageFault(`--permissions must be one of ${LETTERS.join(', ')}.`);
  if (!/^\d{1,5}$/.test(wait)) throw usageFault('--wait must be a number of seconds.');
  const { kind, scope, ip, ca, 'new-tick': newTick } = values;
  const waitSeconds = Number(wait);
  return { broker, laptop, resource, permissions, kind, scope, ip, ca, newTick, waitSeconds };
}

function parse(typed: readonly string[]) {
  try {
    return parseArgs({ args: [...typed], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw usageFault(error instanceof Error ? error.message : 'The command line is not valid.');
  }
}

function isBlobUrl(text: string): boolean {
  const url = URL.canParse(text) ? new URL(text) : null;
  return url?.protocol === 'https:' && url.pathname !== '/' && url.search === '' && url.username === '';
}
