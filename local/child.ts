import type { ChildProcess } from 'node:child_process';

/** Resolves with the reason when the process has ended: "ended with code 1". Never rejects. */
export function waitForExit(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => {
      resolve(`could not run (${error.message})`);
    });
    child.once('exit', (code, signal) => {
      resolve(`ended with ${signal ?? `code ${code ?? 0}`}`);
    });
  });
}

/** Sends SIGTERM, and SIGKILL after `timeoutMs` if the process is still running. Resolves when it has ended. */
export async function stopChild(child: ChildProcess, timeoutMs: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = waitForExit(child);
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  await exited;
  clearTimeout(timer);
}
