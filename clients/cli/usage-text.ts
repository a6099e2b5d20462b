import type { OptionSyntax, Syntax } from './command-line.ts';
import { SHARED_OPTIONS } from './command-line.ts';

const PROGRAM = 'npm run --silent audit --';

/** Returns the text of `--help` for the whole program. */
export function programUsage(commands: readonly Syntax[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return [
    `${PROGRAM} <command> [options]`,
    '',
    ...commands.map(({ name, about }) => `  ${name.padEnd(width)}  ${about}`),
    '',
    ...optionLines(SHARED_OPTIONS),
    '',
    'BROKER is the address of the API, with /api; BEARER an access token for it.',
    'Exit codes: 0 done, 1 refused or not found, 2 wrong usage. <command> --help shows its options.',
  ];
}

/** Returns the text of `--help` for one command. */
export function commandUsage({ name, forms, about, options }: Syntax): string[] {
  return [
    about,
    '',
    ...forms.map((form) => `  ${[PROGRAM, name, form].join(' ').trim()} [options]`),
    '',
    ...optionLines({ ...options, ...SHARED_OPTIONS }),
  ];
}

function optionLines(options: Readonly<Record<string, OptionSyntax>>): string[] {
  const named = Object.entries(options).map(([name, { value, about }]) => ({
    text: [`--${name}`, value ?? ''].join(' ').trim(),
    about,
  }));
  const width = Math.max(...named.map(({ text }) => text.length));
  return named.map(({ text, about }) => `  ${text.padEnd(width)}  ${about}`);
}
