import type { ChildProcess } from 'node:child_process';

/** Resolves when the process has ended, with how: "ended with code 1". Never rejects. */
export function whenExited(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(`could not run (${error.message})`);
    });
    child.once('exit', (code, signal) => {
      resolve(`ended with ${signal ?? `code ${code ?? 0}`}`);
    });
  });
}

/** Asks the process to end, and kills it after `patience` milliseconds. Resolves when it has ended. */
export async function endChild(child: ChildProcess, patience: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = whenExited(child);
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), patience);
  await exited;
  clearTimeout(timer);
}
