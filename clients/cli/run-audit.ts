import { blocksCommand } from './blocks-command.ts';
import { BrokerApi } from './broker-api.ts';
import type { Command } from './command.ts';
import { readCommandLine } from './command-line.ts';
import { connect } from './connection.ts';
import { EXIT, Exit, type ExitCode } from './exit-codes.ts';
import { callerCommand, eventsCommand, grantCommand, liveCommand } from './list-commands.ts';
import { lookupCommand } from './lookup-command.ts';
import { Printer } from './printer.ts';
import { planCommand, revokeCommand } from './revocation-commands.ts';
import { commandUsage, programUsage } from './usage-text.ts';
import type { World } from './world.ts';

const COMMANDS: readonly Command[] = [
  liveCommand,
  lookupCommand,
  callerCommand,
  grantCommand,
  planCommand,
  revokeCommand,
  blocksCommand,
  eventsCommand,
];

/** Runs the words after `audit --` and returns the exit code. Everything that goes wrong is a line on standard error. */
export async function runAudit(typed: readonly string[], world: World): Promise<ExitCode> {
  const print = new Printer(world, typed.includes('--json'));
  try {
    const { name, words, options } = readCommandLine(typed, COMMANDS);
    const command = COMMANDS.find((one) => one.name === name);
    if (options.has('help')) {
      await print.lines(command === undefined ? programUsage(COMMANDS) : commandUsage(command));
      return EXIT.ok;
    }
    if (command === undefined) {
      print.note(programUsage(COMMANDS).join('\n'));
      return EXIT.usage;
    }
    let api: Promise<BrokerApi> | undefined;
    const open = async () =>
      new BrokerApi(await connect(options.text('as'), world), world, (text) => print.note(text));
    return await command.run({ words, options, api: () => (api ??= open()), print, world });
  } catch (error) {
    if (error instanceof Exit) {
      print.note(error.message);
      return error.code;
    }
    print.note(
      `The reply is not what this program expects. (${error instanceof Error ? error.message : String(error)})`,
    );
    return EXIT.refused;
  }
}
