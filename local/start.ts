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
import { packageFile, unpackPackage } from './unpack-package.ts';

/*
 * npm start: the laptop Azure and the broker on it. --func runs the broker with Core Tools instead of
 * local/functions-host.ts. --package runs it from a deployment package, by default that of `npm run package`.
 */

const { values, positionals } = parseArgs({
  options: { func: { type: 'boolean' }, app: { type: 'string' }, package: { type: 'boolean' } },
  allowPositionals: true,
});
const coreTools = values.func === true;

/** Returns the folder of the app. Throws if the command line or the package is not usable. */
function findApp(): string {
  const [zip = join(projectFolder, packageFile), ...others] = positionals;
  if (others.length > 0 || (positionals.length > 0 && values.package !== true))
    throw new Error('Usage: npm start -- [--func] [--package [zip file]]');
  return values.package === true ? unpackPackage(resolve(zip)) : resolve(values.app ?? projectFolder);
}

const logFile = join(stateFolder, 'broker.log');

async function serveBroker(
  app: string,
  { stack, ports, stopSignal: signal }: RunningStack,
): Promise<StackUse> {
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

async function main(): Promise<void> {
  const app = findApp();
  await runStack(projectFolder, (running) => serveBroker(app, running));
}

main().then(() => process.exit(0), exitWithError);
