import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Locks the folder for this process until `release` is called. Throws, without changing anything, if the process that
 * locked it is still running. Replaces the lock of a process that is not.
 */
export function lockFolder(folder: string, url: string): { release(): void } {
  const file = join(folder, 'stack.lock');
  mkdirSync(folder, { recursive: true });
  for (;;) {
    try {
      writeFileSync(file, JSON.stringify({ pid: process.pid, url }), { flag: 'wx' });
      return { release: () => rmSync(file, { force: true }) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(file);
    if (holder && isStack(holder.pid)) {
      throw new Error(`A stack is already running here: process ${holder.pid}, ${holder.url}`);
    }
    rmSync(file, { force: true });
  }
}

function readHolder(file: string): { pid: number; url: string } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { pid: number; url: string };
  } catch {
    return undefined;
  }
}

/**
 * Reports whether the process is a running stack. Operating systems reuse process ids, so its command line must look
 * like a stack's. True if the process runs but its command line cannot be read.
 */
function isStack(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  try {
    const proc = `/proc/${pid}/cmdline`;
    const ps = (): string => execFileSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' });
    return /\blocal[/\\](?:start|azure)\b/.test(existsSync(proc) ? readFileSync(proc, 'utf8') : ps());
  } catch {
    return true;
  }
}
