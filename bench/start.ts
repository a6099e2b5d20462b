import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, type BuildOptions } from 'esbuild';
import { buildBrokerEnvironment } from '../local/broker-environment.ts';
import { freePorts } from '../local/ports.ts';
import { projectFolder } from '../local/project-paths.ts';
import { startStack } from '../local/stack.ts';
import { median } from './rounds.ts';
import { measureStart, type StartCost } from './start/worker-start.ts';

/*
 * npm run bench:start: what a start of the broker costs, divided by the same of a hello-world function that is built alike. Each
 * round measures everything once, one after the other, so other load on the machine affects both sides.
 */
const ROUNDS = Number(process.argv[2] ?? 15);
/** The files of `dist/functions/` that a user delegation token of a blob needs: see test/e2e/loaded-files.test.ts. */
const BLOB_TOKEN = ['index.js', 'chunks/broker.js', 'chunks/blobs.js'].map((file) =>
  join('dist/functions', file),
);
const TOKEN_REQUEST = {
  resource: { account: 'media', service: 'blob', container: 'photos', blob: 'sample.jpg' },
  permissions: 'r',
  kind: 'user-delegation',
};
const BUILD: BuildOptions = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  minify: true,
  keepNames: true,
  external: ['@azure/functions-core'],
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
  },
};

const folder = mkdtempSync(join(tmpdir(), 'bench-start-'));
const hello = join(folder, 'hello');
const host = join(folder, 'host.mjs');

async function buildApps(): Promise<void> {
  mkdirSync(hello);
  await build({ ...BUILD, entryPoints: ['bench/start/hello.ts'], outfile: join(hello, 'index.js') });
  await build({ ...BUILD, entryPoints: ['local/functions-host.ts'], outfile: host });
  writeFileSync(join(hello, 'package.json'), JSON.stringify({ type: 'module', main: 'index.js' }));
  cpSync('host.json', join(hello, 'host.json'));
}

function measureImport(...files: string[]): StartCost {
  const output = execFileSync(process.execPath, ['bench/start/import-files.mjs', ...files], {
    encoding: 'utf8',
  });
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as StartCost;
}

const figures = new Map<string, number[]>();
function record(label: string, subject: StartCost, baseline: StartCost): void {
  for (const [what, member] of [
    ['CPU', 'cpuMs'],
    ['time', 'wallMs'],
    ['memory', 'mib'],
  ] as const) {
    const name = `${label}: ${what}`;
    figures.set(name, [...(figures.get(name) ?? []), subject[member] / baseline[member]]);
  }
}

await buildApps();
const stack = await startStack({ folder: join(folder, 'stack'), ports: freePorts, inMemory: true });
try {
  const env = buildBrokerEnvironment(stack);
  const authorization = `Bearer ${await stack.issuer.issue('reader')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const token = { method: 'POST', headers, body: JSON.stringify(TOKEN_REQUEST), status: 201 };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const helloImport = measureImport(join(hello, 'index.js'));
    const entryImport = measureImport('dist/functions/index.js');
    const blobImport = measureImport(...BLOB_TOKEN);
    const helloStart = await measureStart({ host, app: hello, env }, 'health', { status: 200 });
    const firstReply = await measureStart({ host, app: projectFolder, env }, 'health', { status: 200 });
    const firstToken = await measureStart({ host, app: projectFolder, env }, 'tokens', token);
    // The first round fills the caches of the file system.
    if (round === 0) continue;
    record('import of the entry', entryImport, helloImport);
    record('import of what a blob token needs', blobImport, helloImport);
    record('worker start → first reply', firstReply, helloStart);
    record('worker start → first issued token', firstToken, helloStart);
  }
} finally {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}

console.log(`Node ${process.versions.node}, ${ROUNDS} rounds: ratios to a hello-world function, medians\n`);
for (const [label, ratios] of figures) console.log(`${label.padEnd(48)}${median(ratios).toFixed(2)}`);
