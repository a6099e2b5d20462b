import type { ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { levelOfLine } from './host/log.ts';

/**
 * Writes everything that a piped Functions host prints to `file`. Copies warnings and errors to this console, and until the
 * host is listening, everything on standard error.
 */
export function captureLog(child: ChildProcess, file: string): void {
  const log = createWriteStream(file, { mode: 0o600 });
  let isListening = false;
  child.once('message', () => (isListening = true));
  let isShown = false;
  if (child.stderr)
    createInterface({ input: child.stderr }).on('line', (line) => {
      log.write(`${line}\n`);
      // An indented line belongs to the line before it, like the frames of a stack trace.
      if (!/^\s/.test(line)) isShown = levelOfLine(line) !== 'information';
      if (isShown || !isListening) console.error(line);
    });
  if (child.stdout)
    createInterface({ input: child.stdout }).on('line', (line) => {
      log.write(`${line}\n`);
      if (/^\[\S+\] \[(?:Warning|Error|Critical)\] /.test(line)) console.error(line);
    });
}
