import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Fault } from '../broker-error.ts';
import { deployFaults } from './deploy-checks.ts';
import { readJson } from '../input/json-document.ts';
import { parseBrokerConfig } from './load-broker-config.ts';

const USAGE = 'Usage: npm run check-config -- [file] [--deploy]\n';

process.exitCode = main(process.argv.slice(2));

/** @returns the exit code: 0 without faults, 1 with, 2 where the arguments are wrong or the file cannot be read. */
function main(argv: string[]): number {
  const options = readArguments(argv);
  if (options === null) return stop(USAGE);
  let text: string;
  try {
    text = readFileSync(options.file, 'utf8');
  } catch {
    return stop(`${options.file} cannot be read\n${USAGE}`);
  }
  return check(options.file, text, options.deploy);
}

function check(file: string, text: string, deploy: boolean): number {
  const result = parseBrokerConfig(text);
  const faults = [...(result.ok ? [] : result.faults), ...(deploy ? deployFaults(readJson(text).value) : [])];
  const warnings = result.ok ? result.warnings : [];
  process.stdout.write([...faults.map((fault) => line(fault)), ...warnings.map(warningLine)].join(''));
  if (!result.ok || faults.length > 0) {
    process.stdout.write(`${file}: ${count(faults.length, 'fault')}\n`);
    return 1;
  }
  const { accounts, grants, hash } = result.config;
  process.stdout.write(
    `${file}: ${count(accounts.size, 'account')}, ${count(grants.length, 'grant')}, sha256 ${hash}\n`,
  );
  return 0;
}

function readArguments(argv: string[]): { file: string; deploy: boolean } | null {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      options: { deploy: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [file = 'broker.json', ...rest] = positionals;
    return rest.length === 0 ? { file, deploy: values.deploy } : null;
  } catch {
    return null;
  }
}

function stop(message: string): number {
  process.stderr.write(message);
  return 2;
}

function line({ path, message }: Fault): string {
  return `${path}: ${message}\n`;
}

function warningLine(warning: Fault): string {
  return `warning: ${line(warning)}`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
