import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/** The files beside dist/ that the Functions host and the broker read. */
const BESIDE = ['broker.json', 'host.json', 'package.json'];
const IN_DIST = /^dist\/(?:THIRD-PARTY-NOTICES\.txt|console\/.+|functions\/.+\.js)$/;

/**
 * Returns the files of the deployment package in a project's folder: contents by path, sorted, with slashes.
 * .ci/package-files checks that .funcignore leaves the same ones to `azd`.
 * @throws Error if a file that the Functions host reads is missing.
 */
export function packageFiles(folder) {
  const dist = readdirSync(join(folder, 'dist'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'));
  const paths = [...BESIDE, ...dist.filter((path) => IN_DIST.test(path))].sort();
  const { main } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const missing = [...BESIDE, main].filter((path) => !existsSync(join(folder, path)));
  if (missing.length > 0) throw new Error(`The package needs ${missing.join(', ')}. Run npm run build.`);
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path))]));
}
