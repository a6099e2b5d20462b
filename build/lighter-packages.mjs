// Leaves out the parts of packages that the broker cannot reach, and keeps one copy of each package.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { withDirectImports } from './direct-imports.mjs';

const require = createRequire(import.meta.url);
const folderOf = (name) => dirname(require.resolve(`${name}/package.json`));
const inIdentity = (path) => join(folderOf('@azure/identity'), 'dist/esm', path);

/**
 * `@azure/identity` exports every credential from one module and reads the names of `@azure/msal-node` through a
 * namespace, so nothing of either would be left out. The broker uses ManagedIdentityCredential only.
 */
const CREDENTIAL = `export { ManagedIdentityCredential } from ${JSON.stringify(
  inIdentity('credentials/managedIdentityCredential/index.js'),
)};`;
const MSAL = `
  export { LogLevel } from '@azure/msal-common/node';
  export { ManagedIdentityApplication } from './dist/client/ManagedIdentityApplication.mjs';`;
/** Federated identity of Kubernetes, which brings MSAL's confidential client. Functions has managed identities. */
const WORKLOAD_IDENTITY = `export class WorkloadIdentityCredential {
  constructor() {
    throw new Error('This build supports managed identities only, not the workload identity of AZURE_FEDERATED_TOKEN_FILE.');
  }
}`;
/** Checksums of uploads and downloads, computed by a WebAssembly module, and messages that have them. The broker moves no content. */
const CHECKSUMS = `
  const refuse = () => { throw new Error('This build cannot compute CRC-64 checksums.'); };
  export class StorageCRC64Calculator { constructor() { refuse(); } }
  export const structuredMessageEncoding = refuse;
  export const structuredMessageDecodingStream = refuse;
  export const structuredMessageDecodingBrowser = refuse;`;

/** Long-running operations, of which the broker starts none in Resource Manager and no copies of blobs. */
const OPERATIONS = `
  const refuse = () => { throw new Error('This build cannot follow long-running operations.'); };
  export class Poller { constructor() { refuse(); } }
  export const createHttpPoller = refuse;
  export const deserializeState = refuse;`;

/**
 * Tables speak JSON, except about their stored access policies, which are read before they are written. A gateway in front of
 * them may answer in XML, too.
 */
const TABLES_XML = `
  let xml = null;
  const load = async () => (xml = await import('@azure/core-xml'));
  export const parseXML = async (text, options) => (xml ?? (await load())).parseXML(text, options);
  export const stringifyXML = (value, options) => {
    if (xml === null) throw new Error('This build sends XML to a table only after it has read XML from one.');
    return xml.stringifyXML(value, options);
  };`;

/** What agents for proxies print of themselves, addresses and passwords included, if DEBUG says so. It looks for a terminal's colours. */
const DEBUG = 'module.exports = () => () => {};';

/** zod's documents are made from schemas for people. The indexes would bring them to everything that has a schema. */
const JSON_SCHEMA =
  /^export .* from "[./\w]*\/(?:to-json-schema|json-schema-(?:processors|generator))\.js";$/gm;
const ZOD_INDEX = /[/\\]zod[/\\]v4[/\\](?:core[/\\]index|mini[/\\]external)\.js$/;

/** Which module to replace: the import, a part of the importer's path, the new text and where its imports are resolved from. */
const REPLACED = [
  { imported: /^@azure\/identity$/, text: CREDENTIAL, folder: () => folderOf('@azure/identity') },
  {
    imported: /^@azure\/msal-node$/,
    text: MSAL,
    folder: () => dirname(createRequire(inIdentity('index.js')).resolve('@azure/msal-node/package.json')),
  },
  {
    imported: /\/workloadIdentityCredential\.js$/,
    importer: '/managedIdentityCredential/',
    text: WORKLOAD_IDENTITY,
    folder: () => folderOf('@azure/identity'),
  },
  {
    imported: /\/(?:StorageCRC64Calculator|StructuredMessage\w+)\.js$/,
    text: CHECKSUMS,
    folder: () => import.meta.dirname,
  },
  {
    imported: /^@azure\/core-lro$/,
    importer: '/arm-storage/',
    text: OPERATIONS,
    folder: () => import.meta.dirname,
  },
  {
    imported: /^@azure\/core-lro$/,
    importer: '/storage-blob/',
    text: OPERATIONS,
    folder: () => import.meta.dirname,
  },
  {
    imported: /^@azure\/core-xml$/,
    importer: '/data-tables/',
    text: TABLES_XML,
    folder: () => folderOf('@azure/data-tables'),
  },
  { imported: /^debug$/, text: DEBUG, folder: () => import.meta.dirname },
  {
    imported: /^zod\/v4\/core$/,
    text: "export { toJSONSchema } from './v4/core/json-schema-processors.js';",
    folder: () => folderOf('zod'),
  },
];

/** Files of Azure's packages for storage. */
const STORAGE_MODULE = /[/\\]@azure[/\\](?:storage-[a-z-]+|data-tables)[/\\]dist[/\\]esm[/\\].*\.js$/;
/** The broker's own source files. */
const OWN_SOURCE = /(?:functions|shared)[/\\].*\.ts$/;
/** Replaces modules that are not needed. A package that changes its layout makes the build fail, or a test of its parts. */
export const lighterPackages = {
  name: 'lighter-packages',
  setup(build) {
    build.onLoad({ filter: OWN_SOURCE }, async ({ path }) => ({
      contents: withDirectImports(await readFile(path, 'utf8'), path),
      loader: 'ts',
    }));
    build.onLoad({ filter: STORAGE_MODULE }, async ({ path }) => ({
      contents: withDirectImports(await readFile(path, 'utf8'), path),
      loader: 'js',
    }));
    build.onLoad({ filter: ZOD_INDEX }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replaceAll(JSON_SCHEMA, ''),
      loader: 'js',
    }));
    for (const [index, { imported, importer = '', text, folder }] of REPLACED.entries()) {
      build.onResolve({ filter: imported }, (args) => {
        if (!args.importer.includes(importer)) return undefined;
        return { path: String(index), namespace: 'replaced', sideEffects: false };
      });
      build.onLoad({ filter: new RegExp(`^${index}$`), namespace: 'replaced' }, () => ({
        contents: text,
        resolveDir: folder(),
        loader: 'js',
      }));
    }
  },
};
