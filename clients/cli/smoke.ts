/** `npm run smoke -- <broker>`: tries a deployed broker from outside, as its callers do. See docs/deploy.md. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runSmoke } from './smoke/run-smoke.ts';

process.exitCode = await runSmoke(process.argv.slice(2), {
  env: process.env,
  folder: process.cwd(),
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  sleep,
});
