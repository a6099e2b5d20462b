// Builds the package: ES modules and CommonJS, each with types. Needs the development dependencies of the project.
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { build } from 'esbuild';

const folder = import.meta.dirname;
const dist = join(folder, 'dist');
const names = [
  'index',
  'storage-blob',
  'storage-queue',
  'storage-file-share',
  'storage-file-datalake',
  'data-tables',
];

rmSync(dist, { recursive: true, force: true });
for (const format of ['esm', 'cjs'])
  await build({
    entryPoints: names.map((name) => join(folder, `${name}.ts`)),
    outdir: join(dist, format),
    bundle: true,
    splitting: format === 'esm',
    chunkNames: 'shared-[hash]',
    packages: 'external',
    platform: 'neutral',
    target: 'es2022',
    format,
    logLevel: 'warning',
  });
writeFileSync(join(dist, 'cjs/package.json'), '{ "type": "commonjs" }\n');

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
execFileSync(process.execPath, [tsc, '--project', folder], { stdio: 'inherit' });
for (const name of readdirSync(join(dist, 'esm')).filter((one) => one.endsWith('.d.ts'))) {
  // tsc leaves the extensions of imports in declarations as they are.
  const types = readFileSync(join(dist, 'esm', name), 'utf8').replace(
    /from '(\.\/[\w-]+)\.ts'/g,
    "from '$1.js'",
  );
  for (const format of ['esm', 'cjs']) writeFileSync(join(dist, format, name), types);
}
cpSync(join(folder, '../../LICENSE'), join(dist, 'LICENSE'));
