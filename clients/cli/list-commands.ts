import type { Command, Run } from './command.ts';
import type { OptionSyntax } from './command-line.ts';
import { EXIT, type ExitCode, usageFault } from './exit-codes.ts';
import { showList } from './pages.ts';
import { readCaller } from './revocation-target.ts';
import type { Column } from './table.ts';
import { readableTime } from './times.ts';
import { TOKEN_COLUMNS, tokenRow } from './token-record.ts';

const LIMIT: OptionSyntax = { value: 'N', about: 'at most so many; default: 50 in a table, all with --json' };

/** The filters of `GET /tokens`, under their names on the command line. */
const TOKEN_FILTERS = {
  state: { value: 'STATE', about: 'live (default, includes unproved), unproved, expired, revoked or any' },
  account: { value: 'NAME', about: 'only tokens of this storage account' },
  service: { value: 'SERVICE', about: 'blob, queue, table or file' },
  container: { value: 'NAME', about: 'a container, queue, table or share; needs --account and --service' },
  caller: { value: 'ISSUER/SUBJECT', about: 'only tokens of this caller' },
  grant: { value: 'ID', about: 'only tokens that this grant allowed' },
  kind: { value: 'KIND', about: 'user-delegation, service or account' },
  key: { value: 'KEY', about: 'key1 or key2' },
  'key-id': { value: 'HEX', about: 'the value of the key, 16 digits as in records and storage logs' },
  policy: { value: 'ID', about: 'only tokens of this stored access policy' },
  'issued-after': { value: 'TIME', about: 'ISO 8601, such as 2026-11-28T10:00:00Z' },
  'issued-before': { value: 'TIME', about: 'likewise' },
  order: { value: 'ORDER', about: 'asc (default) or desc, by hour of expiry' },
} as const satisfies Record<string, OptionSyntax>;

const PARAMETERS: Readonly<Record<string, string>> = {
  'key-id': 'keyId',
  'issued-after': 'issuedAfter',
  'issued-before': 'issuedBefore',
};

const EVENT_COLUMNS: readonly Column[] = [
  { title: 'TIME', long: 'whole' },
  { title: 'TYPE', long: 'whole' },
  { title: 'ACCOUNT' },
  { title: 'BY' },
  { title: 'DETAIL', long: 'fold' },
];

/** The members of an event that a table shows. */
interface AuditEvent {
  readonly at: string;
  readonly type: string;
  readonly account: string | null;
  readonly actor: string;
  readonly actorName: string | null;
  readonly detail: string;
}

const { caller: _caller, ...FILTERS_OF_A_CALLER } = TOKEN_FILTERS;
const { grant: _grant, ...FILTERS_OF_A_GRANT } = TOKEN_FILTERS;

export const liveCommand: Command = {
  name: 'live',
  forms: [''],
  about: 'List tokens, by default those that are still usable',
  options: { ...TOKEN_FILTERS, limit: LIMIT },
  run: (run) => (expectWords(run, 0, 'live takes no word; use its options'), listTokens(run, {})),
};

export const callerCommand: Command = {
  name: 'caller',
  forms: ['<issuer>/<subject>'],
  about: 'List the tokens of one caller',
  options: { ...FILTERS_OF_A_CALLER, limit: LIMIT },
  run: (run) => {
    const [caller = ''] = expectWords(run, 1, 'Name one caller: caller <issuer>/<subject>');
    readCaller(caller);
    return listTokens(run, { caller });
  },
};

export const grantCommand: Command = {
  name: 'grant',
  forms: ['<id>'],
  about: 'List the tokens that one grant allowed',
  options: { ...FILTERS_OF_A_GRANT, limit: LIMIT },
  run: (run) => {
    const [grant = ''] = expectWords(run, 1, 'Name one grant: grant <id>');
    return listTokens(run, { grant });
  },
};

export const eventsCommand: Command = {
  name: 'events',
  forms: [''],
  about: 'List events, newest first',
  options: {
    type: { value: 'TYPE', about: 'such as revocation or denial; may end in *: "rotation-*"' },
    account: { value: 'NAME', about: 'only events of this storage account' },
    since: { value: 'TIME', about: 'ISO 8601; default: 30 days ago' },
    until: { value: 'TIME', about: 'ISO 8601; default: now' },
    limit: LIMIT,
  },
  run: async (run) => {
    expectWords(run, 0, 'events takes no word; use its options');
    const names = ['type', 'account', 'since', 'until'];
    await showList<AuditEvent>(run, {
      path: '/events',
      parameters: Object.fromEntries(names.map((name) => [name, run.options.text(name)])),
      columns: EVENT_COLUMNS,
      row: ({ at, type, account, actor, actorName, detail }) => ({
        cells: [readableTime(at), type, account, actorName ?? actor, detail],
      }),
      noun: 'event',
    });
    return EXIT.ok;
  },
};

async function listTokens(run: Run, fixed: Readonly<Record<string, string>>): Promise<ExitCode> {
  const parameters = Object.fromEntries(
    Object.keys(TOKEN_FILTERS).map((name) => [PARAMETERS[name] ?? name, run.options.text(name)]),
  );
  await showList(run, {
    path: '/tokens',
    parameters: { ...parameters, ...fixed },
    columns: TOKEN_COLUMNS,
    row: tokenRow,
    noun: 'token',
  });
  return EXIT.ok;
}

/** @throws Exit for wrong usage unless there are exactly `count` words, none of them empty. */
function expectWords({ words }: Run, count: number, message: string): readonly string[] {
  if (words.length !== count || words.includes('')) throw usageFault(`${message}.`);
  return words;
}
