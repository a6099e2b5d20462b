import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { refusal, usageFault } from './exit-codes.ts';
import type { World } from './world.ts';

/** Where the broker is, and as whom to call it. */
export interface Connection {
  /** The address of the API, with `/api` and without a trailing slash. */
  readonly broker: string;
  readonly bearer: string;
}

const SAMPLE_CALLER = /^[a-z][a-z-]{0,31}$/;
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/**
 * Finds the broker and a bearer token: from BROKER and BEARER, or for `--as` from the laptop stack of this folder.
 * @throws Exit if either is missing or unusable. Its message does not contain the token.
 */
export async function connect(as: string | undefined, world: World): Promise<Connection> {
  if (as !== undefined) return connectToLaptop(as, world);
  const { BROKER: broker, BEARER: bearer } = world.env;
  if (broker === undefined || broker === '')
    throw usageFault('Set BROKER to the address of the API, such as https://broker.example/api.');
  if (bearer === undefined || bearer.trim() === '')
    throw usageFault(
      'Set BEARER to an access token for the broker. On the laptop, use --as auditor instead.',
    );
  return { broker: readAddress(broker), bearer: readBearer(bearer) };
}

async function connectToLaptop(as: string, { folder, env }: World): Promise<Connection> {
  if (!SAMPLE_CALLER.test(as)) throw usageFault('--as needs the name of a sample caller, such as auditor.');
  const stack = await readFile(join(folder, '.local/stack.json'), 'utf8').catch(() => null);
  if (stack === null)
    throw refusal(
      '--as works with the laptop stack only, and none is running here: there is no .local/stack.json. Start one with npm start.',
    );
  const { broker } = JSON.parse(stack) as { broker: string };
  const npm = env['npm_execpath'];
  const script = ['run', '--silent', 'token', '--', as];
  const [program, args] =
    npm === undefined ? ['npm', script] : ([process.execPath, [npm, ...script]] as const);
  try {
    const { stdout } = await promisify(execFile)(program, args, { cwd: folder });
    return { broker: readAddress(broker), bearer: readBearer(stdout) };
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    throw refusal(`There is no bearer token for --as ${as}. ${stderr?.trim() ?? ''}`.trim());
  }
}

function readAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (
    url === null ||
    !/^https?:$/.test(url.protocol) ||
    url.search !== '' ||
    url.hash !== '' ||
    url.username !== ''
  )
    throw usageFault(
      'BROKER must be the http or https address of the API, such as https://broker.example/api.',
    );
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname))
    throw usageFault(
      'BROKER must be an https address: over http, anyone on the way can read the bearer token.',
    );
  return url.href.replace(/\/+$/, '');
}

/** `fetch` repeats a header that it rejects in its error, so a damaged token must not get that far. */
function readBearer(text: string): string {
  const bearer = text.trim().replace(/^Bearer\s+/i, '');
  if (!/^[\x21-\x7e]+$/.test(bearer))
    throw usageFault('BEARER must be one access token, without spaces and line breaks.');
  return bearer;
}
