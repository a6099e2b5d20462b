import type { Command, Run } from './command.ts';
import { EXIT, type ExitCode, usageFault } from './exit-codes.ts';
import { readCaller } from './revocation-target.ts';
import { fields, table } from './table.ts';
import { readableTime } from './times.ts';

/** A block of a caller. */
interface Block {
  readonly id: string;
  readonly issuer: string;
  readonly subject: string;
  readonly reason: string;
  readonly at: string;
  readonly by: string;
  readonly until: string | null;
}

const COLUMNS = [
  { title: 'CALLER', long: 'whole' },
  { title: 'UNTIL', long: 'whole' },
  { title: 'REASON', long: 'fold' },
] as const;

export const blocksCommand: Command = {
  name: 'blocks',
  forms: ['', 'add <issuer>/<subject>', 'remove <id>'],
  about: 'List the callers who get no new tokens; block a caller, or end a block',
  options: {
    reason: { value: 'TEXT', about: 'add: why; required, and recorded' },
    until: {
      value: 'TIME',
      about: 'add: when the block ends, ISO 8601; without it, it lasts until it is removed',
    },
  },
  run: async (run) => {
    const [action, name = '', ...more] = run.words;
    if (action === undefined) return list(run);
    if (name === '' || more.length > 0 || !['add', 'remove'].includes(action))
      throw usageFault(
        'Write "blocks", "blocks add <issuer>/<subject> --reason TEXT" or "blocks remove <id>".',
      );
    return action === 'add' ? add(run, name) : remove(run, name);
  },
};

async function list(run: Run): Promise<ExitCode> {
  refuseOptions(run);
  const { items } = (await (await run.api()).get('/callers/blocks')) as { items: Block[] };
  if (run.print.json) await run.print.records(items);
  else if (items.length === 0) run.print.note('No blocks.');
  else
    await run.print.lines(
      table(
        COLUMNS,
        items.map(({ id, issuer, subject, reason, at, by, until }) => ({
          cells: [`${issuer}/${subject}`, readableTime(until), reason],
          below: `${id}  since ${readableTime(at)} by ${by}`,
        })),
        run.print.width,
      ),
    );
  return EXIT.ok;
}

async function add({ options, api, print }: Run, name: string): Promise<ExitCode> {
  const caller = readCaller(name);
  const reason = options.text('reason');
  if (reason === undefined) throw usageFault('blocks add needs --reason TEXT, which the broker records.');
  const body = { ...caller, reason, until: options.text('until') };
  // A second block replaces the first, so it is harmless to send it again.
  const block = (await (await api()).post('/callers/blocks', body, 'any')) as Block;
  if (print.json) await print.records([block]);
  else
    await print.lines(
      fields(
        [
          ['blocked', `${block.issuer}/${block.subject}`],
          ['until', block.until === null ? 'it is removed' : readableTime(block.until)],
          ['id', block.id],
        ],
        print.width,
      ),
    );
  print.note('Every instance refuses the caller within 60 s. The tokens that the caller has stay usable.');
  return EXIT.ok;
}

async function remove(run: Run, id: string): Promise<ExitCode> {
  refuseOptions(run);
  await (await run.api()).delete(`/callers/blocks/${encodeURIComponent(id)}`);
  run.print.note('Removed. The grants of the caller apply again.');
  return EXIT.ok;
}

function refuseOptions({ options }: Run): void {
  if (options.has('reason') || options.has('until'))
    throw usageFault('--reason and --until belong to "blocks add".');
}
