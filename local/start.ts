import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startBroker } from './broker-process.ts';
import { exitWithError } from './exit-with-error.ts';
import { assertPortsFree, readPorts } from './ports.ts';
import { projectFolder, stackFile, stateFolder } from './project-paths.ts';
import { formatQuickStart } from './quick-start.ts';
import { describeStack } from './stack-description.ts';
import { startStack } from './stack.ts';
import { lockFolder } from './start-lock.ts';
import { writeState } from './state-file.ts';

/**
 * Returns a signal that aborts when this process is asked to end. Call it before anything starts, because a
 * half-started stack must be stopped as well.
 */
function listenForStop(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, abort);
  // npm sends signals to the shell that runs the script, and the shell may not pass them on. So stop when it ends.
  const parent = process.ppid;
  const checkParent = (): void => (process.ppid === parent ? undefined : abort());
  if (process.env['npm_lifecycle_event']) setInterval(checkParent, 500).unref();
  return controller.signal;
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { func: { type: 'boolean' }, app: { type: 'string' } } });
  const ports = readPorts(process.env);
  const lock = lockFolder(stateFolder, `http://127.0.0.1:${ports.broker}/api`);
  const stopSignal = listenForStop();
  const running: { stop(): Promise<void> }[] = [];
  try {
    rmSync(stackFile, { force: true });
    await assertPortsFree(ports);
    const stack = await startStack({ folder: stateFolder, ports, identityHeader: 'laptop' });
    running.push(stack);
    stopSignal.throwIfAborted();
    const coreTools = values.func === true;
    const app = resolve(values.app ?? projectFolder);
    const logFile = join(stateFolder, 'broker.log');
    const options = { app, port: ports.broker, coreTools, logFile, signal: stopSignal };
    const broker = await startBroker(stack, options);
    running.unshift(broker);
    const description = describeStack(stack, broker);
    writeState(stackFile, description);
    if (!broker.readiness.includes('"ready"')) console.error(`The broker is not ready: ${broker.readiness}`);
    if (broker.readiness.includes('"misconfigured"'))
      console.error(
        `The broker issues no tokens because of the faults above. Fix local/broker.template.json and start again; press Ctrl-C to stop.`,
      );
    else console.log(formatQuickStart(description, coreTools ? undefined : relative(projectFolder, logFile)));
    const ended = await Promise.race([
      new Promise<undefined>((done) => stopSignal.addEventListener('abort', () => done(undefined))),
      broker.exited.then((reason) => `The Functions host ${reason}`),
      stack.storageExited.then((reason) => `Azurite ${reason}`),
    ]);
    if (ended) throw new Error(`${ended}, so the whole stack is stopping.`);
  } catch (error) {
    if (!stopSignal.aborted) throw error;
  } finally {
    rmSync(stackFile, { force: true });
    for (const part of running) await part.stop();
    lock.release();
  }
}

main().then(() => process.exit(0), exitWithError);
