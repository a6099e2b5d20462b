import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';

/** Writes everything that a piped child process prints to `file`. Copies warnings, errors and stderr to this console. */
export function captureLog(child: ChildProcess, file: string): void {
  const log = createWriteStream(file, { mode: 0o600 });
  child.stderr?.on('data', (chunk: Buffer) => {
    log.write(chunk);
    process.stderr.write(chunk);
  });
  if (!child.stdout) return;
  createInterface({ input: child.stdout }).on('line', (line) => {
    log.write(`${line}\n`);
    if (/^\[\S+\] \[(?:Warning|Error|Critical)\] /.test(line)) console.error(line);
  });
}
