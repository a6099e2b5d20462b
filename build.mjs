// Builds the one artefact that `npm start`, the end-to-end tests and the deployment package all run.
import { makeDist } from './build/make-dist.mjs';

await makeDist();
