import { join } from 'node:path';
import { build } from 'esbuild';

/** The programs that tests of the laptop Azure start in processes of their own. */
const PROGRAMS = [
  'local/functions-host.ts',
  'test/integration/purge-child.ts',
  'test/integration/rotation-child.ts',
] as const;
export type Program = (typeof PROGRAMS)[number];

const ROOT = join(import.meta.dirname, '..');

/** Bundles programs into `folder`, because Node starts them from there several times as fast as through tsx. */
export async function bundlePrograms(folder: string, programs: readonly string[] = PROGRAMS): Promise<void> {
  await build({
    entryPoints: programs.map((program) => join(ROOT, program)),
    outbase: ROOT,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    // Parts of the Azure SDKs are CommonJS and call require() for Node's built-in modules.
    banner: {
      js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}

/** Returns the file that `bundlePrograms` made of a program. */
export const bundledFile = (folder: string, program: string): string =>
  join(folder, program.replace(/\.ts$/, '.mjs'));
