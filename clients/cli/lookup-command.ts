import type { Command, Run } from './command.ts';
import { EXIT, usageFault } from './exit-codes.ts';
import { readHiddenText } from './hidden-text.ts';
import { InputLines } from './input-lines.ts';
import { lookupMember } from './lookup-question.ts';
import { bullets, fields, table } from './table.ts';
import {
  type SignedWith,
  signerText,
  TOKEN_COLUMNS,
  tokenFields,
  type TokenRecord,
  tokenRow,
} from './token-record.ts';
import { type LeverPlace, placeText } from './lever-place.ts';
import type { Terminal, World } from './world.ts';

/** The members of a lookup's reply that are shown. */
interface Found {
  readonly records: readonly TokenRecord[];
  readonly verdict: string;
  readonly signedWith: SignedWith | null;
  readonly scannedAll: boolean;
  readonly candidates: readonly TokenRecord[];
  readonly levers: readonly { readonly lever: string; readonly on: LeverPlace }[];
  readonly notes: readonly string[];
}

const VERDICTS: Readonly<Record<string, string>> = {
  issued: 'issued by this broker',
  'valid-not-issued-here':
    'not issued by this broker, but a key of the account signed it, so storage accepts it',
  unknown: 'unknown: nothing shows who signed it',
};

export const lookupCommand: Command = {
  name: 'lookup',
  forms: [''],
  about:
    'Find out whose token a URL, a SAS, a fingerprint or a line of a storage log shows; reads it from standard input',
  options: {
    fingerprint: { value: 'HEX', about: 'the hash that a log shows, for a URL whose signature is redacted' },
    around: { value: 'TIME', about: 'when the token was seen; shortens the search' },
    'expires-at': {
      value: 'TIME',
      about: 'for a fingerprint: when the token expires; only that hour is searched',
    },
  },
  run: async (run) => {
    if (run.words.length > 0)
      throw usageFault(
        'lookup takes no word: a token on the command line stays in the history of the shell. Give it on standard input.',
      );
    const api = await run.api();
    const text = await readQuestion(run);
    const { options } = run;
    const body = {
      [lookupMember(text)]: text,
      fingerprint: options.text('fingerprint'),
      around: options.text('around'),
      expiresAt: options.text('expires-at'),
    };
    if (lookupMember(text) === 'fingerprint') body.fingerprint = text.trim();
    const reply = (await api.post('/tokens/lookup', body, 'any')) as Found;
    if (run.print.json) await run.print.records([reply]);
    else await show(run, reply);
    return reply.records.length > 0 || reply.verdict === 'valid-not-issued-here' ? EXIT.ok : EXIT.refused;
  },
};

/** Reads what to look up: the first line of standard input that is not blank, or what is typed at a prompt that hides it. */
async function readQuestion({ world, print }: Run): Promise<string> {
  if (isTerminal(world.input)) {
    print.ask(
      'Paste a URL, a SAS, a fingerprint or a line of a storage log (it is not shown), then press Enter:',
    );
    const text = await readHiddenText(world.input).finally(() => print.note(''));
    if (text.trim() !== '') return text.trim();
  } else {
    const lines = new InputLines(world.input);
    try {
      for (let line = await lines.next(); line !== null; line = await lines.next()) {
        if (line.trim() === '') continue;
        if (lines.hasMore) print.note('Only the first line of standard input is looked up.');
        return line;
      }
    } finally {
      await lines.close();
    }
  }
  throw usageFault('There is nothing to look up on standard input.');
}

function isTerminal(input: World['input']): input is World['input'] & Terminal {
  return input.isTTY === true;
}

async function show({ print }: Run, found: Found): Promise<void> {
  const { records, candidates, levers, signedWith, notes } = found;
  const { width } = print;
  await print.lines([
    ...fields([['verdict', VERDICTS[found.verdict] ?? found.verdict]], width),
    ...records.flatMap((record) => ['', ...fields(tokenFields(record), width)]),
    ...(records.length === 0 && signedWith !== null
      ? fields([['signed with', signerText(signedWith)]], width)
      : []),
    ...(candidates.length === 0
      ? []
      : [
          '',
          'Tokens that fit, none of them for certain:',
          ...table(TOKEN_COLUMNS, candidates.map(tokenRow), width),
        ]),
    ...(levers.length === 0
      ? []
      : [
          '',
          'What ends it, narrowest first:',
          ...bullets(
            levers.map(({ lever, on }) => `${lever} on ${placeText(on)}`),
            width,
          ),
        ]),
    ...(notes.length === 0 ? [] : ['', ...bullets(notes, width)]),
  ]);
  const [record] = records;
  if (record !== undefined && levers.length > 0) print.note(`Next: plan token ${record.id}`);
  if (!found.scannedAll)
    print.note(
      'The search was cut short, so the answer may change. Add --around or --expires-at, or try again.',
    );
}
