// Builds the one artefact that `npm start`, the end-to-end tests and the deployment package all run.
import { rmSync } from 'node:fs';
import { bundle } from './build/bundle.mjs';
import { buildConsole } from './console/build.mjs';

// Chunks of an earlier build would be deployed with this one's.
rmSync('dist/functions', { recursive: true, force: true });
await Promise.all([bundle({ write: true }), buildConsole()]);
