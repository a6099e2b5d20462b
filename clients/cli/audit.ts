/** `npm run --silent audit -- <command>`: asks the broker's HTTP API for operators and auditors. See docs/command-line.md. */
import { setTimeout as sleep } from 'node:timers/promises';
import { runAudit } from './run-audit.ts';

process.exitCode = await runAudit(process.argv.slice(2), {
  env: process.env,
  folder: process.cwd(),
  input: process.stdin,
  output: process.stdout,
  errors: process.stderr,
  sleep,
});
