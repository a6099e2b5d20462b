import { describe, expect, it } from 'vitest';
import { type CommandLine, readCommandLine } from '../../../../clients/cli/command-line.ts';
import { Exit } from '../../../../clients/cli/exit-codes.ts';

const COMMANDS = [
  {
    name: 'live',
    forms: [''],
    about: '',
    options: { account: { value: 'NAME', about: '' }, limit: { value: 'N', about: '' } },
  },
  {
    name: 'revoke',
    forms: [''],
    about: '',
    options: { reason: { value: 'TEXT', about: '' }, force: { about: '' } },
  },
];
const read = (...words: string[]): CommandLine => readCommandLine(words, COMMANDS);

function faultOf(...words: string[]): string {
  try {
    read(...words);
  } catch (error) {
    if (error instanceof Exit && error.code === 2) return error.message;
    throw error;
  }
  throw new Error('The command line was accepted.');
}

describe('a command line', () => {
  it('has a name, words and options in any order', () => {
    const { name, words, options } = read(
      '--json',
      'revoke',
      'token',
      '--reason',
      'a b',
      '--force',
      'id',
      '--as=auditor',
    );
    expect([name, words]).toEqual(['revoke', ['token', 'id']]);
    expect(options.text('reason')).toBe('a b');
    expect([options.has('force'), options.has('json'), options.has('help')]).toEqual([true, true, false]);
    expect([options.text('as'), options.text('force'), options.text('none')]).toEqual([
      'auditor',
      undefined,
      undefined,
    ]);
  });

  it.each([[[]], [['-h']], [['--help']], [['--json']]])('may name no command: %j', (words) => {
    expect(read(...words).name).toBeNull();
  });

  it.each([
    [['lives'], 'There is no command "lives"; did you mean "live"?'],
    [['REVOKE'], 'did you mean "revoke"?'],
    [['delete'], 'the commands are live, revoke'],
    [['live', '--acount', 'x'], '"live" has no option --acount; did you mean --account?'],
    [['live', '--acc', 'x'], 'did you mean --account?'],
    [['live', '--reason', 'x'], 'it belongs to revoke'],
    [['live', '--zzzzzz'], 'the options are --account, --limit, --json, --as, --help'],
    [['--accounts'], 'There is no option --accounts'],
    [['live', '--account'], '--account needs a value: --account NAME.'],
    [['live', '--account='], '--account needs a value'],
    [['live', '--account', '--json'], 'If it begins with "-", write --account=NAME.'],
    [['live', '--json=yes'], '--json takes no value.'],
    [['live', '--account', 'a', '--account', 'b'], '--account was given twice.'],
    [['live', '--constructor'], 'has no option --constructor'],
  ])('is refused with what to do instead: %j', (words, message) => {
    expect(faultOf(...words)).toContain(message);
  });

  it('accepts a value that begins with a hyphen after "="', () => {
    expect(read('revoke', '--reason=-x').options.text('reason')).toBe('-x');
  });

  it.each([
    'https://media.blob.core.windows.net/c/b?sv=1&sig=AAAABBBB',
    'sv=2025&sig=AAAABBBB',
    'sig%3DAAAABBBB',
    'eyJhbGciOiJub25lIn0.AAAABBBBAAAABBBBAAAABBBBAAAABBBB',
  ])('is refused without repeating what may be a secret: %s', (secret) => {
    for (const words of [[secret], ['live', `--${secret}`], [`--${secret}`]])
      expect(faultOf(...words)).not.toContain('AAAABBBB');
  });
});
