import { lighterPackages } from './lighter-packages.mjs';

/** How esbuild makes `dist/`: an entry that loads little, and chunks that are loaded when they are first needed. */
export const bundleOptions = {
  entryPoints: { 'functions/index': 'functions/index.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  chunkNames: 'functions/chunks/[name]-[hash]',
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  // V8 reads every byte of a module before it runs any. Errors are logged by their names, so those are kept.
  minify: true,
  keepNames: true,
  legalComments: 'none',
  sourcemap: 'linked',
  sourcesContent: false,
  // The Functions worker supplies this module at run time. It is not on npm.
  external: ['@azure/functions-core'],
  // @azure/functions and parts of the Azure SDKs are CommonJS and call require() for Node's built-in modules.
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
  },
  plugins: [lighterPackages],
  logLevel: 'warning',
};
