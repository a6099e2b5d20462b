// The one artefact: what `npm start`, the end-to-end tests and the deployment package all run.
import { build } from 'esbuild';

await build({
  entryPoints: { 'functions/index': 'functions/index.ts' },
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  sourcemap: 'linked',
  sourcesContent: false,
  // Supplied by the Functions worker at run time; it is on no registry.
  external: ['@azure/functions-core'],
  // @azure/functions and parts of the SDKs are CommonJS and call require() for built-in modules.
  banner: {
    js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
  },
  logLevel: 'warning',
});
