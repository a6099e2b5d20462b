import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const project = join(import.meta.dirname, '..');

/**
 * Returns package.json's version and, in a clone, the commit: `0.1.0+8cf5bad0a1b2`, with `.modified` if a file that Git
 * knows differs from it.
 */
export function buildVersion(folder = project) {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const commit = git(folder, 'rev-parse', '--short=12', 'HEAD');
  if (commit === null) return version;
  const isModified = git(folder, 'status', '--porcelain', '--untracked-files=no') !== '';
  return `${version}+${commit}${isModified ? '.modified' : ''}`;
}

/** Returns what Git prints; null without Git or outside a clone. */
function git(folder, ...words) {
  try {
    const options = { cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync('git', words, options).trim();
  } catch {
    return null;
  }
}
