import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipFile } from '../build/zip-file.mjs';

/** Where `npm run package` writes. */
export const packageFile = 'dist/package/sas-token-broker.zip';

/**
 * Unpacks a deployment package into a temporary folder, which is removed when this process ends.
 * @returns the folder.
 * @throws Error if the file does not exist or is not a package of a Functions app.
 */
export function unpackPackage(file: string): string {
  if (!existsSync(file)) throw new Error(`There is no package ${file}. Run npm run package first.`);
  const files = readPackage(file);
  if (!files.has('host.json') || !files.has('package.json'))
    throw new Error(`${file} is not a deployment package: it has no host.json or no package.json.`);
  const folder = mkdtempSync(join(tmpdir(), 'sas-token-broker-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  for (const [path, content] of files) {
    const target = join(folder, path);
    if (path.endsWith('/')) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
  return folder;
}

function readPackage(file: string): Map<string, Uint8Array> {
  try {
    return unzipFile(readFileSync(file));
  } catch (error) {
    throw new Error(`${file} is not a zip file that can be unpacked.`, { cause: error });
  }
}
