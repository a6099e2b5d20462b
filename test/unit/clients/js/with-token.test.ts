import { RestError } from '@azure/storage-blob';
import { describe, expect, it } from 'vitest';
import type { IssuedToken } from '../../../../clients/js/index.ts';
import { isSignatureRefused } from '../../../../clients/js/refused-signature.ts';
import { problem, VirtualBroker } from './virtual-broker.ts';

const request = { url: 'https://media.example/uploads/1', permissions: 'c' };
const EMULATOR_TEXT =
  'Server failed to authenticate the request. Make sure the value of the Authorization header is formed correctly including the signature.';
const refusal = () => Object.assign(new Error('AuthenticationFailed'), { statusCode: 403 });
const completions = (broker: VirtualBroker) =>
  broker.calls
    .filter(({ path }) => path.endsWith('/completion'))
    .map(({ path, body }) => [path.split('/')[3], body['outcome']]);

/** Uses one result of the list for each call: throws errors, returns anything else with the token's id. */
function uses(results: unknown[]) {
  return ({ id }: IssuedToken) => {
    const result = results.shift();
    if (result instanceof Error) throw result;
    return `${String(result)} with ${id}`;
  };
}

describe('withToken', () => {
  it('returns what was done with a token, and completes it', async () => {
    const broker = new VirtualBroker();
    expect(await broker.client().withToken(request, uses(['done']))).toBe('done with id-1');
    expect(completions(broker)).toEqual([['id-1', 'succeeded']]);
  });

  it('tries once more with another token after a refused signature, and completes the one used last', async () => {
    const broker = new VirtualBroker();
    expect(await broker.client().withToken(request, uses([refusal(), 'done']))).toBe('done with id-2');
    expect(completions(broker)).toEqual([['id-2', 'succeeded']]);
  });

  it('throws the second refusal', async () => {
    const broker = new VirtualBroker();
    const second = refusal();
    await expect(broker.client().withToken(request, uses([refusal(), second, 'never']))).rejects.toBe(second);
    expect(completions(broker)).toEqual([['id-2', 'failed']]);
  });

  it('throws anything else at once', async () => {
    const broker = new VirtualBroker();
    const fault = new Error('disk full');
    await expect(broker.client().withToken(request, uses([fault, 'never']))).rejects.toBe(fault);
    expect(completions(broker)).toEqual([['id-1', 'failed']]);
  });

  it('throws the problem if there is no other token', async () => {
    const broker = new VirtualBroker();
    const client = broker.client();
    await client.token(request);
    broker.acts.push(problem(403, 'forbidden'));
    await expect(client.withToken(request, uses([refusal(), 'never']))).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(completions(broker)).toEqual([['id-1', 'failed']]);
  });

  it('completes nothing if there is no token at all', async () => {
    const broker = new VirtualBroker();
    broker.acts.push(problem(403, 'forbidden'));
    await expect(broker.client().withToken(request, uses(['never']))).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(broker.calls).toHaveLength(1);
  });

  it('ignores a completion that fails, after one try', async () => {
    const broker = new VirtualBroker();
    const client = broker.client();
    await client.token(request);
    broker.acts.push(problem(503, 'overloaded'));
    expect(await client.withToken(request, uses(['done']))).toBe('done with id-1');
    expect(completions(broker)).toHaveLength(1);
  });
});

describe('a refused signature', () => {
  const azure = (code: string, message: string, statusCode = 403) =>
    new RestError(message, { code, statusCode });
  const response = (code: string | null, body: string | null, status = 403) =>
    new Response(body, { status, headers: code === null ? {} : { 'x-ms-error-code': code } });
  const head = { statusCode: 403, message: '', details: { errorCode: 'AuthenticationFailed' } };
  const raw = { status: 403, headers: new Headers({ 'x-ms-error-code': 'AuthenticationFailed' }) };

  it.each<[string, unknown]>([
    ['an error of Azure', azure('AuthenticationFailed', 'Signature not valid in the specified time frame')],
    ['an error of the emulator', azure('AuthorizationFailure', EMULATOR_TEXT)],
    ['an error of HEAD, without text', head],
    ['a reply of a pipeline', raw],
    ['an error that holds a reply', Object.assign(new Error('no'), { response: raw })],
    ['a Response with a code', response('AuthenticationFailed', null)],
    ['a Response with a text', response(null, `<Error><Message>${EMULATOR_TEXT}</Message></Error>`)],
    ['an error with storage’s text alone', new Error('<Code>AuthenticationFailed</Code>')],
  ])('is told from %s', async (_name, outcome) => {
    expect(await isSignatureRefused(outcome)).toBe(true);
  });

  it.each<[string, unknown]>([
    [
      'a firewall',
      azure('AuthorizationFailure', 'This request is not authorized to perform this operation.'),
    ],
    [
      'a missing permission',
      azure('AuthorizationPermissionMismatch', 'Not authorized using this permission.'),
    ],
    ['another status', azure('AuthenticationFailed', 'no', 401)],
    ['a Response of another status', response('AuthenticationFailed', null, 404)],
    ['a Response for a missing permission', response('AuthorizationPermissionMismatch', 'no')],
    ['an error of the network', new TypeError('fetch failed')],
    ['nothing', undefined],
  ])('is not told from %s', async (_name, outcome) => {
    expect(await isSignatureRefused(outcome)).toBe(false);
  });
});
