import { rmSync } from 'node:fs';
import type { BrokerProcess } from './broker-process.ts';
import { assertPortsFree, type Ports, readPorts } from './ports.ts';
import { stackFileIn, stateFolderIn } from './project-paths.ts';
import { type Stack, startStack } from './stack.ts';
import { lockFolder } from './start-lock.ts';
import { listenForStop } from './stop-signal.ts';

export interface RunningStack {
  stack: Stack;
  ports: Ports;
  /** Aborts when this process is asked to end. */
  stopSignal: AbortSignal;
}

export interface StackUse {
  /** What runs on the stack. It is stopped before the stack is. */
  broker?: BrokerProcess;
  /** Called when everything is up. */
  announce(): void;
}

/**
 * Starts a stack in the project folder's `.local/` on the ports of this process's environment, calls `use`, and runs until
 * asked to stop. Rejects, after it has stopped everything, if a part cannot start or ends on its own.
 */
export async function runStack(
  folder: string,
  use: (running: RunningStack) => Promise<StackUse>,
): Promise<void> {
  const stateFolder = stateFolderIn(folder);
  const stackFile = stackFileIn(folder);
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
    const used = await use({ stack, ports, stopSignal });
    const { broker } = used;
    if (broker) running.unshift(broker);
    used.announce();
    const ended = await Promise.race([
      new Promise<undefined>((done) => stopSignal.addEventListener('abort', () => done(undefined))),
      stack.storageExited.then((reason) => `Azurite ${reason}`),
      ...(broker ? [broker.exited.then((reason) => `The Functions host ${reason}`)] : []),
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
