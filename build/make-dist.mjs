import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { buildConsole } from '../console/build.mjs';
import { bundle } from './bundle.mjs';
import { bundledPackages, noticesOf } from './bundled-packages.mjs';

/**
 * Replaces the files in dist/ that are deployed.
 * @returns the packages that are in them.
 */
export async function makeDist() {
  // Chunks of an earlier build would be deployed with this one's.
  rmSync('dist/functions', { recursive: true, force: true });
  const [{ modules }, consoleModules] = await Promise.all([bundle({ write: true }), buildConsole()]);
  const packages = bundledPackages([modules, consoleModules]);
  mkdirSync('dist', { recursive: true });
  writeFileSync('dist/THIRD-PARTY-NOTICES.txt', noticesOf(packages));
  return packages;
}
