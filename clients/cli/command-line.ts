import { parseArgs } from 'node:util';
import { usageFault } from './exit-codes.ts';
import { printable } from './printable.ts';
import { mostSimilar } from './suggestion.ts';

/** An option of a command. */
export interface OptionSyntax {
  /** What stands for the value in the usage text; absent for a flag. */
  readonly value?: string;
  readonly about: string;
}

/** What can be typed after a command's name. */
export interface Syntax {
  readonly name: string;
  /** The words that follow the name, as the usage text shows them, one line per form. */
  readonly forms: readonly string[];
  readonly about: string;
  readonly options: Readonly<Record<string, OptionSyntax>>;
}

/** A command line that was read. */
export interface CommandLine {
  /** The command's name; null if none was typed. */
  readonly name: string | null;
  readonly words: readonly string[];
  readonly options: Options;
}

/** The options that were typed. */
export class Options {
  readonly #given: ReadonlyMap<string, string | true>;

  constructor(given: ReadonlyMap<string, string | true>) {
    this.#given = given;
  }

  /** Returns the value of an option; undefined if it was not typed. */
  text(name: string): string | undefined {
    const value = this.#given.get(name);
    return value === true ? undefined : value;
  }

  /** Returns true if a flag was typed. */
  has(name: string): boolean {
    return this.#given.has(name);
  }
}

/** The options of every command. */
export const SHARED_OPTIONS: Readonly<Record<string, OptionSyntax>> = {
  json: { about: 'print one line of JSON per record' },
  as: { value: 'NAME', about: 'on the laptop: call as this sample caller' },
  help: { about: 'show this text' },
};

/**
 * Reads the words after `audit --`. Options may stand anywhere.
 * @throws Exit with the code for wrong usage. Its message repeats no word that may hold a secret.
 */
export function readCommandLine(typed: readonly string[], commands: readonly Syntax[]): CommandLine {
  const known = Object.assign({}, ...commands.map(({ options }) => options), SHARED_OPTIONS) as Record<
    string,
    OptionSyntax
  >;
  const types = Object.entries(known).map(
    ([name, { value }]) => [name, { type: value === undefined ? 'boolean' : 'string' }] as const,
  );
  const { tokens, positionals } = parseArgs({
    args: typed.map((word) => (word === '-h' ? '--help' : word)),
    options: Object.fromEntries(types),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const [name, ...words] = positionals;
  const command = name === undefined ? undefined : commands.find((one) => one.name === name);
  if (name !== undefined && command === undefined) throw unknownCommand(name, commands);
  const allowed = { ...command?.options, ...SHARED_OPTIONS };
  const given = new Map<string, string | true>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const syntax = Object.hasOwn(allowed, token.name) ? allowed[token.name] : undefined;
    if (syntax === undefined) throw unknownOption(token.name, command, allowed, commands);
    if (given.has(token.name)) throw usageFault(`--${token.name} was given twice.`);
    given.set(token.name, valueOf(token.name, syntax, token));
  }
  return { name: name ?? null, words, options: new Options(given) };
}

/** Returns a word in quotes, unless it is so long, or looks so, that it may hold a secret. */
function quoted(word: string): string {
  return word.length > 40 || /sig|[?&%]/i.test(word)
    ? 'a word that is not repeated here'
    : `"${printable(word)}"`;
}

function valueOf(
  name: string,
  syntax: OptionSyntax,
  { value, inlineValue }: { readonly value?: string | undefined; readonly inlineValue?: boolean | undefined },
): string | true {
  if (syntax.value === undefined) {
    if (value !== undefined) throw usageFault(`--${name} takes no value.`);
    return true;
  }
  if (value === undefined || value === '')
    throw usageFault(`--${name} needs a value: --${name} ${syntax.value}.`);
  if (inlineValue !== true && value.startsWith('-'))
    throw usageFault(`--${name} needs a value. If it begins with "-", write --${name}=${syntax.value}.`);
  return value;
}

function unknownCommand(name: string, commands: readonly Syntax[]) {
  const names = commands.map((command) => command.name);
  const similar = mostSimilar(name, names);
  return usageFault(
    `There is no command ${quoted(name)}; ${similar === null ? `the commands are ${names.join(', ')}` : `did you mean "${similar}"?`}`,
  );
}

function unknownOption(
  name: string,
  command: Syntax | undefined,
  allowed: Readonly<Record<string, OptionSyntax>>,
  commands: readonly Syntax[],
) {
  const owners = commands.filter(({ options }) => Object.hasOwn(options, name)).map((owner) => owner.name);
  const similar = mostSimilar(name, Object.keys(allowed));
  const of = command === undefined ? 'there' : command.name;
  const hint =
    similar !== null
      ? `; did you mean --${similar}?`
      : owners.length > 0
        ? `; it belongs to ${owners.join(', ')}`
        : `; the options are ${Object.keys(allowed)
            .map((option) => `--${option}`)
            .join(', ')}`;
  const shown = quoted(name).startsWith('"') ? `option --${printable(name)}` : 'such option';
  return usageFault(`${of === 'there' ? 'There is' : `"${of}" has`} no ${shown}${hint}`);
}
