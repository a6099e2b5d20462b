import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { type BrokerProcess, startBroker } from './broker-process.ts';
import { exitWithError } from './exit-with-error.ts';
import { projectFolder, stackFile, stateFolder } from './project-paths.ts';
import { formatQuickStart } from './quick-start.ts';
import { type RunningStack, runStack, type StackUse } from './run-stack.ts';
import { describeStack } from './stack-description.ts';
import type { Stack } from './stack.ts';
import { writeState } from './state-file.ts';

/*
 * npm start: the laptop Azure and the broker on it. --func runs the broker with Core Tools instead of
 * local/functions-host.ts.
 */

const { values } = parseArgs({ options: { func: { type: 'boolean' }, app: { type: 'string' } } });
const coreTools = values.func === true;
const app = resolve(values.app ?? projectFolder);
const logFile = join(stateFolder, 'broker.log');

async function serveBroker({ stack, ports, stopSignal: signal }: RunningStack): Promise<StackUse> {
  const broker = await startBroker(stack, { app, port: ports.broker, coreTools, logFile, signal });
  return { broker, announce: () => announce(stack, broker) };
}

function announce(stack: Stack, broker: BrokerProcess): void {
  const description = describeStack(stack, broker);
  writeState(stackFile, description);
  if (!broker.readiness.includes('"ready"')) console.error(`The broker is not ready: ${broker.readiness}`);
  if (broker.readiness.includes('"misconfigured"'))
    console.error(
      `The broker issues no tokens because of the faults above. Fix local/broker.template.json and start again; press Ctrl-C to stop.`,
    );
  else console.log(formatQuickStart(description, coreTools ? undefined : relative(projectFolder, logFile)));
}

runStack(projectFolder, serveBroker).then(() => process.exit(0), exitWithError);
