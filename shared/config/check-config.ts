import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Fault } from '../broker-error.ts';
import { formatFaults } from '../input/fault-path.ts';
import { readJson } from '../input/json-document.ts';
import { deployFaults } from './deploy-checks.ts';
import { parseBrokerConfig } from './load-broker-config.ts';
import { DEFAULT_BROKER_CONFIG } from './settings.ts';
import { signerRoleWarnings } from './signer-role-warnings.ts';

const USAGE = 'Usage: npm run check-config -- [file] [--deploy]\n';

process.exitCode = main(process.argv.slice(2));

/** Returns the exit code: 0 without faults, 1 with faults, 2 for wrong arguments or an unreadable file. */
function main(argv: string[]): number {
  const options = readArguments(argv);
  if (options === null) return stop(USAGE);
  let text: string;
  try {
    text = readFileSync(options.file, 'utf8');
  } catch {
    return stop(`cannot read ${options.file}\n${USAGE}`);
  }
  return check(options.file, text, options.deploy);
}

function check(file: string, text: string, deploy: boolean): number {
  const result = parseBrokerConfig(text);
  const faults = [...(result.ok ? [] : result.fault), ...(deploy ? deployFaultsOf(text) : [])];
  const warnings = result.ok
    ? [...result.value.warnings, ...(deploy ? signerRoleWarnings(result.value.config) : [])]
    : [];
  const lines = [...faults.map(faultLine), ...warnings.map((warning) => `warning: ${faultLine(warning)}`)];
  process.stdout.write(lines.join(''));
  if (!result.ok || faults.length > 0) {
    process.stdout.write(`${file}: ${count(faults.length, 'fault')}\n`);
    return 1;
  }
  const { accounts, grants, hash } = result.value.config;
  process.stdout.write(
    `${file}: ${count(accounts.size, 'account')}, ${count(grants.length, 'grant')}, sha256 ${hash}\n`,
  );
  return 0;
}

function deployFaultsOf(text: string): Fault[] {
  const json = readJson(text);
  return json.ok ? formatFaults(deployFaults(json.value.value)) : [];
}

function readArguments(argv: string[]): { file: string; deploy: boolean } | null {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      options: { deploy: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [file = DEFAULT_BROKER_CONFIG, ...rest] = positionals;
    return rest.length === 0 ? { file, deploy: values.deploy } : null;
  } catch {
    return null;
  }
}

function stop(message: string): number {
  process.stderr.write(message);
  return 2;
}

function faultLine({ path, message }: Fault): string {
  return `${path}: ${message}\n`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
