import { join } from 'node:path';
import { build } from 'esbuild';

/** The programs that tests start in processes of their own. */
const PROGRAMS = [
  'local/functions-host.ts',
  'test/integration/purge-child.ts',
  'test/integration/rotation-child.ts',
] as const;
export type Program = (typeof PROGRAMS)[number];

const ROOT = join(import.meta.dirname, '..');

/** Bundles every program into `folder`, once per test run, because to start one through tsx takes twice as long. */
export async function bundlePrograms(folder: string): Promise<void> {
  await build({
    entryPoints: PROGRAMS.map((program) => join(ROOT, program)),
    outbase: ROOT,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    sourcemap: 'linked',
    // Parts of the Azure SDKs are CommonJS and call require() for Node's built-in modules.
    banner: {
      js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
    },
    logLevel: 'warning',
  });
}

/** Returns the file that `bundlePrograms` made of a program. */
export const bundledFile = (folder: string, program: Program): string =>
  join(folder, program.replace(/\.ts$/, '.mjs'));
