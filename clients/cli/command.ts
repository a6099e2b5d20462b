import type { BrokerApi } from './broker-api.ts';
import type { Options, Syntax } from './command-line.ts';
import type { ExitCode } from './exit-codes.ts';
import type { Printer } from './printer.ts';
import type { World } from './world.ts';

/** What a command works with. */
export interface Run {
  readonly words: readonly string[];
  readonly options: Options;
  /** Connects on first use, so that wrong usage is reported without a broker. */
  readonly api: () => Promise<BrokerApi>;
  readonly print: Printer;
  readonly world: World;
}

/** A command of the program. */
export interface Command extends Syntax {
  readonly run: (run: Run) => Promise<ExitCode>;
}
