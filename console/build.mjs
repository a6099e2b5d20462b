// Builds the web console into dist/console/, from which functions/console.ts serves it.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { build } from 'esbuild';

const source = import.meta.dirname;
const target = join(source, '../dist/console');

/**
 * Replaces dist/console/. Names have a hash of the content, and beside each file but the page is one compressed with Brotli.
 * @returns esbuild's metafile.
 */
export async function buildConsole() {
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  const { metafile } = await build({
    entryPoints: { app: join(source, 'src/main.tsx') },
    outdir: target,
    bundle: true,
    splitting: true,
    format: 'esm',
    target: 'es2023',
    minify: true,
    jsx: 'automatic',
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    legalComments: 'none',
    define: { 'process.env.NODE_ENV': '"production"' },
    metafile: true,
    logLevel: 'warning',
  });
  const entry = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint !== undefined);
  if (entry === undefined) throw new Error('The build of the console has no entry point.');
  const [script, { cssBundle }] = entry;
  const page = readFileSync(join(source, 'index.html'), 'utf8')
    .replace('__JS__', basename(script))
    .replace('__CSS__', basename(cssBundle));
  writeFileSync(join(target, 'icon.svg'), readFileSync(join(source, 'icon.svg')));
  for (const name of readdirSync(target)) {
    const file = join(target, name);
    writeFileSync(`${file}.br`, brotliCompressSync(readFileSync(file)));
  }
  writeFileSync(join(target, 'index.html'), page);
  return metafile;
}
