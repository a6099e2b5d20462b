import { BrokerApi } from '../broker-api.ts';
import type { Connection } from '../connection.ts';
import { EXIT, Exit, type ExitCode } from '../exit-codes.ts';
import { printable } from '../printable.ts';
import { Printer } from '../printer.ts';
import type { World } from '../world.ts';
import { Skipped } from './skipped.ts';
import {
  checkAddress,
  checkHealth,
  checkLookup,
  checkReadiness,
  checkRow,
  checkTimer,
  issueToken,
  readMe,
} from './smoke-checks.ts';
import { readSmokeOptions, SMOKE_USAGE, type SmokeOptions } from './smoke-options.ts';
import { findTarget, type SmokeTarget } from './smoke-target.ts';
import { useToken } from './use-token.ts';

/**
 * Runs the words after `smoke --` and returns the exit code. Prints one line per check. Nothing that it prints contains a
 * bearer token, a signature or a key.
 */
export async function runSmoke(typed: readonly string[], world: World): Promise<ExitCode> {
  const print = new Printer(world, false);
  try {
    const options = readSmokeOptions(typed);
    if (options === null) {
      await print.lines(SMOKE_USAGE.split('\n'));
      return EXIT.ok;
    }
    const report = new Report(print);
    await runChecks(await findTarget(options, world), options, world, report);
    return await report.close();
  } catch (error) {
    print.note(messageOf(error));
    return error instanceof Exit ? error.code : EXIT.refused;
  }
}

async function runChecks(
  target: SmokeTarget,
  options: SmokeOptions,
  world: World,
  report: Report,
): Promise<void> {
  const { caller, auditor, operator, resource, ca } = target;
  const apiOf = (connection: Connection | null) =>
    new BrokerApi(connection ?? caller, world, (text) => report.note(text));
  const api = apiOf(caller);
  const isUp = await report.check('health', () => checkHealth(api).then(() => `${caller.broker} is up`));
  if (isUp === null) return;
  await report.check('readiness', () => checkReadiness(apiOf(operator)).then(() => 'ready'));
  const me = await report.check(
    'caller',
    () => readMe(api),
    (one) => `${String(one['issuer'])}/${String(one['subject'])}`,
  );
  if (me !== null) {
    const token = await report.check(
      'token',
      () => issueToken(api, resource, options),
      (one) => `${one.kind} SAS with ${one.permissions}, until ${one.expiresAt}, id ${one.id}`,
    );
    if (token !== null) {
      await report.check('storage', () => useToken(token.url, options.permissions, ca));
      const row = await report.check(
        'row',
        () => checkRow(api, token, me),
        () => 'it is that of the token',
      );
      if (row !== null)
        await report.check('address', () =>
          Promise.resolve(checkAddress(row, me, options.ip, caller.broker)),
        );
      await report.check('lookup', () =>
        checkLookup(apiOf(auditor), token, auditor === null).then(
          () => 'an auditor finds the row by its fingerprint',
        ),
      );
    }
  }
  await report.check('timer', () =>
    checkTimer(apiOf(operator), options, world).then((at) => `it ticked at ${at}`),
  );
}

/** Prints the outcome of each check, and counts them. */
class Report {
  readonly #print: Printer;
  readonly #counts = { passed: 0, failed: 0, skipped: 0 };

  constructor(print: Printer) {
    this.#print = print;
  }

  /** Runs a check. Returns what it returned, or null if it failed or was skipped. */
  async check<T>(
    name: string,
    act: () => Promise<T>,
    describe: (value: T) => string = String,
  ): Promise<T | null> {
    try {
      const value = await act();
      this.#counts.passed += 1;
      await this.#line('pass', name, describe(value));
      return value;
    } catch (error) {
      const isSkipped = error instanceof Skipped;
      this.#counts[isSkipped ? 'skipped' : 'failed'] += 1;
      await this.#line(isSkipped ? 'skip' : 'FAIL', name, messageOf(error));
      return null;
    }
  }

  note(text: string): void {
    this.#print.note(text);
  }

  /** Prints the counts and returns the exit code. */
  async close(): Promise<ExitCode> {
    const { passed, failed, skipped } = this.#counts;
    await this.#print.lines([
      `${passed} passed, ${failed} failed${skipped === 0 ? '' : `, ${skipped} skipped`}`,
    ]);
    return failed === 0 ? EXIT.ok : EXIT.refused;
  }

  #line(outcome: string, name: string, text: string): Promise<void> {
    const [first = '', ...rest] = text.split('\n').map(printable);
    const indent = ' '.repeat(17);
    return this.#print.lines([
      `${outcome}  ${name.padEnd(9)}  ${first}`,
      ...rest.map((line) => `${indent}${line}`),
    ]);
  }
}

const messageOf = (error: unknown): string =>
  error instanceof Exit || error instanceof Skipped
    ? error.message
    : `The reply is not what this program expects. (${error instanceof Error ? error.message : String(error)})`;
