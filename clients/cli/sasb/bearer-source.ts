import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { GetBearer } from '../../js/index.ts';
import { UsageFault } from './sasb-options.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Returns the source of bearer tokens: SASB_BEARER, what SASB_BEARER_COMMAND prints, or az. A command runs again only if
 * the broker refused what it printed.
 */
export function bearerSource(env: Environment, scope: string | undefined): GetBearer {
  let kept: Promise<string> | null = null;
  return ({ refused }) => {
    if (kept === null || refused) kept = readBearer(env, scope ?? env['SASB_SCOPE']);
    return kept;
  };
}

async function readBearer(env: Environment, scope: string | undefined): Promise<string> {
  const { SASB_BEARER: bearer, SASB_BEARER_COMMAND: command } = env;
  if (bearer !== undefined && bearer !== '') return clean(bearer, 'SASB_BEARER');
  if (command !== undefined && command !== '')
    return clean(await output('sh', ['-c', command]), 'SASB_BEARER_COMMAND');
  if (scope === undefined)
    throw new UsageFault('Set SASB_BEARER or SASB_BEARER_COMMAND, or give --scope to ask the Azure CLI.');
  const words = [
    'account',
    'get-access-token',
    '--scope',
    scope,
    '--query',
    'accessToken',
    '--output',
    'tsv',
  ];
  return clean(await output('az', words), 'az account get-access-token');
}

async function output(program: string, words: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, words)).stdout;
  } catch (error) {
    const { stderr, code } = error as { stderr?: string; code?: unknown };
    throw new UsageFault(
      `There is no bearer token: ${program} failed (${String(code)}). ${stderr ?? ''}`.trim(),
    );
  }
}

/** `fetch` repeats a header that it rejects in its error, so a damaged token must not get that far. */
function clean(text: string, from: string): string {
  const bearer = text.trim().replace(/^Bearer\s+/i, '');
  if (!/^[\x21-\x7e]+$/.test(bearer))
    throw new UsageFault(`${from} must give one access token, without spaces.`);
  return bearer;
}
