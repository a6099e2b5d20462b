import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type BuildOptions } from 'esbuild';
import { buildBrokerEnvironment } from '../local/broker-environment.ts';
import { freePorts } from '../local/ports.ts';
import { projectFolder } from '../local/project-paths.ts';
import { startStack } from '../local/stack.ts';
import { describeMachine, type Figure, type Goal, figureLine, type Report } from './report.ts';
import { spread } from './rounds.ts';
import { measureStart, type StartCost } from './start/worker-start.ts';

/*
 * npm run bench:start -- [rounds] [--json]: what a start of the broker costs, divided by the same of a hello-world function that
 * is built alike. Each round measures everything once, one after the other, so other load on the machine affects both sides.
 */
const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' } },
  allowPositionals: true,
});
const rounds = Number(positionals[0] ?? 15);
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

/** What is compared, in the order of the page. */
type Part =
  | 'import of the entry'
  | 'import for a blob token'
  | 'start until the first reply'
  | 'start until the first token';
const GOALS: Readonly<Partial<Record<`${Part}: ${'processor time' | 'time' | 'memory'}`, number>>> = {
  'import for a blob token: processor time': 4,
  'start until the first reply: processor time': 1.4,
  'start until the first reply: time': 1.2,
  'start until the first reply: memory': 1.35,
  'start until the first token: time': 2,
};

const ratios = new Map<string, number[]>();
function record(part: Part, subject: StartCost, baseline: StartCost): void {
  const add = (what: string, ratio: number) => {
    const name = `${part}: ${what}`;
    ratios.set(name, [...(ratios.get(name) ?? []), ratio]);
  };
  add('processor time', subject.cpuMs / baseline.cpuMs);
  add('time', subject.wallMs / baseline.wallMs);
  add('memory', subject.mib / baseline.mib);
}

function figures(): Figure[] {
  const goals: Readonly<Record<string, number>> = GOALS;
  return [...ratios].map(([what, values]) => {
    const limit = goals[what];
    return {
      what,
      ...spread(values),
      ...(limit === undefined ? {} : { goal: ['at most', limit] satisfies Goal }),
    };
  });
}

const machine = describeMachine(loadavg()[0] ?? NaN);
const started = performance.now();
await buildApps();
const stack = await startStack({ folder: join(folder, 'stack'), ports: freePorts, inMemory: true });
try {
  const env = buildBrokerEnvironment(stack);
  const authorization = `Bearer ${await stack.issuer.issue('reader')}`;
  const headers = { authorization, 'content-type': 'application/json' };
  const token = { method: 'POST', headers, body: JSON.stringify(TOKEN_REQUEST), status: 201 };
  for (let round = 0; round <= rounds; round += 1) {
    const helloImport = measureImport(join(hello, 'index.js'));
    const entryImport = measureImport('dist/functions/index.js');
    const blobImport = measureImport(...BLOB_TOKEN);
    const helloStart = await measureStart({ host, app: hello, env }, 'health', { status: 200 });
    const firstReply = await measureStart({ host, app: projectFolder, env }, 'health', { status: 200 });
    const firstToken = await measureStart({ host, app: projectFolder, env }, 'tokens', token);
    // The first round fills the caches of the file system.
    if (round === 0) continue;
    record('import of the entry', entryImport, helloImport);
    record('import for a blob token', blobImport, helloImport);
    record('start until the first reply', firstReply, helloStart);
    record('start until the first token', firstToken, helloStart);
  }
} finally {
  await stack.stop();
  rmSync(folder, { recursive: true, force: true });
}

const seconds = Math.round((performance.now() - started) / 1000);
const title = `A start, ${rounds} rounds`;
const report: Report = { machine, sections: [{ name: 'start', title, figures: figures(), seconds }] };
if (values.json === true) console.log(JSON.stringify(report));
else for (const figure of figures()) console.log(figureLine(figure));
