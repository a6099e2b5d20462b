import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { exitWithError } from './exit-with-error.ts';
import { projectFolder, stackFile } from './project-paths.ts';
import { sampleCallers } from './sample-callers.ts';
import { send } from './send.ts';
import type { StackDescription } from './stack-description.ts';
import { readState } from './state-file.ts';

/** npm run --silent token -- uploader: prints that sample caller's bearer token and nothing else. */
async function main(): Promise<void> {
  const caller = process.argv[2] ?? '';
  const callers = Object.keys(sampleCallers).join(', ');
  if (!(caller in sampleCallers))
    throw new Error(`Name the sample caller: npm run --silent token -- <caller>, one of ${callers}.`);
  const stack = readState(stackFile) as StackDescription | undefined;
  if (!stack) throw new Error('No stack is running. Start one with npm start or npm run azure.');
  const body = new URLSearchParams({ grant_type: 'client_credentials', client_id: caller }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const ca = readFileSync(resolve(projectFolder, stack.ca), 'utf8');
  const reply = await send(`${stack.issuer}/token`, { method: 'POST', ca, headers, body });
  if (reply.status !== 200) throw new Error(`The issuer replied ${reply.status}: ${reply.text}`);
  console.log((JSON.parse(reply.text) as { access_token: string }).access_token);
}

main().catch(exitWithError);
