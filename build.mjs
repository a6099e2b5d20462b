// Builds the one artefact that `npm start`, the end-to-end tests and the deployment package all run.
import { build } from 'esbuild';
import { buildConsole } from './console/build.mjs';

await buildConsole();

await build({
  entryPoints: { 'functions/index': 'functions/index.ts' },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  sourcemap: 'linked',
  sourcesContent: false,
  // The Functions worker supplies this module at run time. It is not on npm.
  external: ['@azure/functions-core'],
  // @azure/functions and parts of the Azure SDKs are CommonJS and call require() for Node's built-in modules.
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
