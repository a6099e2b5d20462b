import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The parts of shared/ in reading order: each may import itself and what stands above it. CONTRIBUTING explains it. */
const LINE = [
  'result',
  'broker-error',
  'iso-time',
  'log-events',
  'load-once',
  'azure',
  'azure-calls',
  'input',
  'tables',
  'config',
  'identity',
  'audit',
  'deaths',
  'keys',
  'rotation',
  'stored-policies',
  'revocation',
  'summaries',
  'requests',
  'grants',
  'sas',
  'issuing',
  'compose',
];

/** Adapters are named after the technology that they adapt; only these folders have any. */
const ADAPTER =
  /^shared\/(?:tables|identity|audit|deaths|keys|rotation|stored-policies|revocation)\/(?:table|key-vault|arm|storage|jose)-[\w-]+\.ts$/;
/** The signers: one file per kind of SAS, computation only. */
const SIGNER = /^shared\/sas\/[\w-]+-sas\.ts$/;
const COMPOSITION = /^shared\/compose\//;
/** Calls to Azure take time: this folder alone has timers. */
const AZURE_CALLS = /^shared\/azure-calls\//;
/** Commands that people run from a shell. */
const COMMAND = /^shared\/config\/(?:check-config|write-schema)\.ts$/;

const isCore = (file: string) =>
  file.startsWith('shared/') &&
  ![ADAPTER, COMPOSITION, AZURE_CALLS, COMMAND].some((pattern) => pattern.test(file));

/** What makes a result depend on when, where or how often the code runs. */
const IMPURE = new RegExp(
  [
    /\bDate\.now\(/,
    /\bnew Date\(\)/,
    /\bDate\(\)/,
    /\bperformance\./,
    /\bMath\.random\b/,
    /\bcrypto\.(?:getRandomValues|randomUUID)\b/,
    /\brandom(?:Bytes|Int|UUID|FillSync)\b/,
    /\bprocess\./,
    /\bset(?:Timeout|Interval|Immediate)\b/,
    /\bfetch\(/,
    /\bconsole\./,
  ]
    .map(({ source }) => source)
    .join('|'),
);
/** Modules of Node that only compute. */
const COMPUTATION = new Set(['node:crypto', 'node:util', 'node:net']);

interface Import {
  readonly from: string;
  readonly to: string;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.m?tsx?$/.test(entry.name))
    .map((entry) => normalize(join(entry.parentPath, entry.name)))
    .filter((file) => !/(?:^|\/)(?:node_modules|dist)\//.test(file));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]|(?:^|\n)import\s*['"]([^'"]+)['"]/g,
  );
  return [...statements].map(([, a, b, c]) => {
    const to = a ?? b ?? c ?? '';
    return { from: file, to: to.startsWith('.') ? normalize(join(dirname(file), to)) : to };
  });
}

const importsBelow = (folder: string) => filesBelow(folder).flatMap(importsOf);
const text = ({ from, to }: Import) => `${from} → ${to}`;

/** `shared/audit/row-keys.ts` → `audit`; `shared/iso-time.ts` → `iso-time`; null outside shared/. */
function partOf(file: string): string | null {
  return /^shared\/([\w-]+)/.exec(file)?.[1] ?? null;
}

/** Every import of shared/ that does not point to the same part or to one above it. */
function againstTheLine(imports: readonly Import[]): Import[] {
  return imports.filter(({ from, to }) => {
    const [importer, imported] = [partOf(from), partOf(to)];
    return importer !== null && imported !== null && LINE.indexOf(imported) > LINE.indexOf(importer);
  });
}

/** The files on cycles of imports, type imports included: what is left after files without imports are taken away. */
function cyclic(imports: readonly Import[]): string[] {
  const files = new Set(imports.map(({ from }) => from));
  let edges = imports.filter(({ to }) => files.has(to));
  for (;;) {
    const sources = new Set(edges.map(({ from }) => from));
    const targets = new Set(edges.map(({ to }) => to));
    const left = edges.filter(({ from, to }) => targets.has(from) && sources.has(to));
    if (left.length === edges.length) return [...sources].sort();
    edges = left;
  }
}

describe('shared/', () => {
  it('consists of the parts of the line and of nothing else', () => {
    const parts = readdirSync('shared').map((name) => name.replace(/\.ts$/, ''));
    expect(parts.sort()).toEqual([...LINE].sort());
  });

  it('imports along the line only', () => {
    expect(againstTheLine(importsBelow('shared')).map(text)).toEqual([]);
  });

  it('has a line that an import the other way breaks', () => {
    const turned = importsOf('shared/sas/sign-token.ts').map(({ from, to }) => ({ from: to, to: from }));
    expect(againstTheLine(turned).length).toBeGreaterThan(0);
  });

  it('has a core without a clock, randomness and I/O', () => {
    const core = filesBelow('shared').filter(isCore);
    expect(core.length).toBeGreaterThan(80);
    const impure = core.filter((file) => IMPURE.test(readFileSync(file, 'utf8')));
    const modules = core
      .flatMap(importsOf)
      .filter(({ to }) => to.startsWith('node:') && !COMPUTATION.has(to));
    expect([...impure, ...modules.map(text)]).toEqual([]);
  });

  it('imports Azure SDKs in adapters, signers and the composition only', () => {
    const wrong = [...importsBelow('shared'), ...importsBelow('functions')].filter(
      ({ from, to }) =>
        to.startsWith('@azure/') &&
        to !== '@azure/functions' &&
        ![ADAPTER, SIGNER, COMPOSITION].some((pattern) => pattern.test(from)),
    );
    expect(wrong.map(text)).toEqual([]);
  });

  it('reads a request without loading an Azure SDK', () => {
    const reached = new Set<string>();
    const follow = (file: string): void => {
      if (reached.has(file)) return;
      reached.add(file);
      if (file.startsWith('shared/')) for (const { to } of importsOf(file)) follow(to);
    };
    follow('shared/requests/parse-token-request.ts');
    expect([...reached].filter((module) => module.startsWith('@azure/'))).toEqual([]);
  });
});

describe('the layout', () => {
  it('reads imports at all', () => {
    expect(importsBelow('shared').length).toBeGreaterThan(50);
    expect(importsBelow('functions').map(({ to }) => to)).toContain('@azure/functions');
  });

  it('lets functions/ depend on shared/ and never the other way', () => {
    const wrong = importsBelow('shared').filter(({ to }) => /^(?:functions|local|test|bench)\//.test(to));
    expect(wrong.map(text)).toEqual([]);
  });

  it('imports @azure/functions in functions/ only', () => {
    const wrong = importsBelow('shared').filter(({ to }) => to.startsWith('@azure/functions'));
    expect(wrong.map(text)).toEqual([]);
  });

  it('keeps local/ apart from the product', () => {
    const wrong = importsBelow('local').filter(({ to }) => /^(?:functions|shared|test)\//.test(to));
    const back = [...importsBelow('functions'), ...importsBelow('shared')].filter(({ to }) =>
      to.startsWith('local/'),
    );
    expect([...wrong, ...back].map(text)).toEqual([]);
  });

  it('lets nothing of clients/ depend on the broker, nor the broker on it: they only talk HTTP', () => {
    const imports = importsBelow('clients');
    const wrong = imports.filter(({ to }) => /^(?:functions|shared|local|test|bench)\//.test(to));
    const back = ['functions', 'shared', 'local'].flatMap(importsBelow);
    expect(imports.length).toBeGreaterThan(10);
    expect([...wrong, ...back.filter(({ to }) => to.startsWith('clients/'))].map(text)).toEqual([]);
  });

  it('lets the console use types of the broker only, and nothing depend on the console', () => {
    const files = filesBelow('console/src');
    const imports = files.flatMap(importsOf);
    const outside = imports.filter(({ to }) => /^(?!console\/)[\w-]+\/.*\.tsx?$/.test(to));
    const values = files.filter((file) =>
      /(?:^|\n)\s*(?:import|export)\b(?! type\b)[^;'"]*?from\s*['"][./]+\/(?:shared|functions)\//.test(
        readFileSync(file, 'utf8'),
      ),
    );
    const back = ['functions', 'shared', 'clients', 'local'].flatMap(importsBelow);
    expect(files.length).toBeGreaterThan(30);
    expect(outside.filter(({ to }) => !/^(?:functions|shared)\//.test(to)).map(text)).toEqual([]);
    expect(values).toEqual([]);
    expect(back.filter(({ to }) => to.startsWith('console/')).map(text)).toEqual([]);
  });

  it('has command lines without dependencies, of which only sasb uses the JavaScript client', () => {
    const outside = importsBelow('clients/cli').filter(({ to }) => !/^(?:clients\/cli\/|node:)/.test(to));
    const isOfSasb = ({ from, to }: Import) =>
      from.startsWith('clients/cli/sasb/') && to.startsWith('clients/js/');
    expect(outside.filter((one) => !isOfSasb(one)).map(text)).toEqual([]);
  });

  it('has a JavaScript client without dependencies: only the subpath of an SDK imports it', () => {
    const outside = importsBelow('clients/js').filter(({ to }) => !to.startsWith('clients/js/'));
    const own = outside.filter(
      ({ from, to }) => to !== from.replace('clients/js/', '@azure/').replace('.ts', ''),
    );
    expect(outside).toHaveLength(5);
    expect(own.map(text)).toEqual([]);
  });

  it('has no cycle of imports between files', () => {
    const folders = ['shared', 'functions', 'clients', 'console', 'local', 'bench', 'test'];
    expect(cyclic(folders.flatMap(importsBelow))).toEqual([]);
  });

  it('finds a cycle of imports where there is one', () => {
    const edges = ['a b', 'b c', 'c b', 'd a'].map((pair) => pair.split(' '));
    const imports = edges.map(([from = '', to = '']) => ({ from, to }));
    expect(cyclic(imports)).toEqual(['b', 'c']);
  });

  it('needs no running stack in test/unit/', () => {
    const stackful = filesBelow('test/unit').filter((file) => {
      const code = readFileSync(file, 'utf8');
      return (
        /\binject\(\s*'stack'/.test(code) || importsOf(file).some(({ to }) => to === 'test/stack-client.ts')
      );
    });
    expect(stackful).toEqual([]);
  });

  it('has no dumping grounds', () => {
    const names = ['shared', 'functions', 'clients', 'console', 'local'].flatMap(filesBelow);
    expect(names.filter((name) => /(?:^|\/)(?:utils?|helpers?|common|types)(?:\/|\.ts$)/.test(name))).toEqual(
      [],
    );
  });
});
