import { build } from 'esbuild';
import { lighterPackages } from './lighter-packages.mjs';
import { mergeChunks } from './merge-chunks.mjs';
import { buildVersion } from './version.mjs';

const COMMON = {
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  metafile: true,
  // The Functions worker supplies this module at run time. It is not on npm.
  external: ['@azure/functions-core'],
  logLevel: 'warning',
};

/**
 * What is loaded together, by the file that is imported: first what registers the functions, then what any request needs, then
 * each capability. An import that is not named here has a file of its own.
 */
const GROUPS = {
  index: ['index'],
  broker: ['compose', 'endpoint', 'issue-token'],
  blobs: ['blob-sas'],
  queues: ['queue-sas'],
  files: ['file-sas'],
  accountKeys: ['key-vault-account-keys', 'key-vault-client'],
  // What token requests do not need of the tables.
  tables: [
    'table-deaths',
    'table-tick-logs',
    'table-token-counter',
    'table-policy-ledgers',
    'table-policy-uses',
  ],
  timers: ['rotate-keys', 'purge-audit'],
};

/**
 * Makes the files of `dist/`: an entry that loads little, and chunks that are loaded when they are first needed.
 * @param write false: only return what would be written, with esbuild's metafiles.
 * @returns `modules`: what each chunk consists of before they are merged; `files`: the merged files.
 */
export async function bundle({ write }) {
  const chunks = await build({
    ...COMMON,
    entryPoints: { 'functions/index': 'functions/index.ts' },
    splitting: true,
    chunkNames: 'functions/chunks/[name]-[hash]',
    // Errors are logged by their names, and some take theirs from their class.
    keepNames: true,
    legalComments: 'none',
    sourcemap: 'inline',
    sourcesContent: false,
    plugins: [lighterPackages],
    define: { BROKER_VERSION: JSON.stringify(buildVersion()) },
    write: false,
  });
  const outputFiles = chunks.outputFiles.map(({ path, text }) => ({ path, text: forgetFunctionNames(text) }));
  const files = await mergeChunks({ ...chunks, outputFiles }, GROUPS, {
    ...COMMON,
    // V8 reads every byte of a module before it runs any.
    minify: true,
    sourcemap: 'linked',
    sourcesContent: false,
    // @azure/functions and parts of the Azure SDKs are CommonJS and call require() for Node's built-in modules.
    banner: {
      js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
    },
    write,
  });
  return { modules: chunks.metafile, files };
}

/**
 * Removes esbuild's calls that set the names of functions, but not those of classes. There are thousands, and they take a sixth
 * of the time of an import. Names are quoted, as in `__name(readKeys, "readKeys");`.
 */
function forgetFunctionNames(text) {
  const statement = /^ *__name\((?!this,)[\w$]+, "[^"\n]*"\);\n/gm;
  const expression = /\b__name\((?!this,)/g;
  const unnamed = text.replaceAll(statement, '').replaceAll(expression, '__same(');
  return unnamed.includes('__same(') ? `${unnamed}\nfunction __same(value) { return value; }\n` : unnamed;
}
