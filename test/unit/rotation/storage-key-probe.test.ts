import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import type { Service } from '../../../shared/azure/services.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { StorageKeyProbe } from '../../../shared/rotation/storage-key-probe.ts';
import { account } from '../../fakes/configuration.ts';

const KEY = new SecretText(Buffer.alloc(64, 5).toString('base64'));
let server: Server | undefined;

interface Reply {
  readonly status: number;
  readonly code?: string;
  readonly date?: string;
}

/** Probes an endpoint that sends every request the same reply; `null` sends none. */
async function probe(service: Service, reply: Reply | null): Promise<boolean> {
  server = createServer((_request, response) => {
    if (reply === null) return;
    const { status, code, date } = reply;
    const body = code === undefined ? '' : `<Error><Code>${code}</Code><Message>No.</Message></Error>`;
    const headers = { 'content-type': 'application/xml', ...(date === undefined ? {} : { date }) };
    response.writeHead(status, { ...headers, ...(code && { 'x-ms-error-code': code }) }).end(body);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/media`;
  const media = account({ endpoints: { ...account().endpoints, [service]: endpoint } });
  return await new StorageKeyProbe({ callTimeoutMs: 1000 }).opens(media, KEY, service);
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

// The client of tables refuses an endpoint without TLS; the contract of managed keys tests that service.
describe.each(['blob', 'queue', 'file'] as const)('a probe of a key on the %s service', (service) => {
  test('reports that storage accepts the key', async () => {
    expect(await probe(service, { status: 200 })).toBe(true);
  });

  test('reports that storage does not accept the key', async () => {
    expect(await probe(service, { status: 403, code: 'AuthenticationFailed' })).toBe(false);
  });

  test.each([
    { status: 403, code: 'AuthorizationFailure' },
    { status: 403, code: 'KeyBasedAuthenticationNotPermitted' },
    { status: 404, code: 'ResourceNotFound' },
    { status: 400, code: 'InvalidAuthenticationInfo' },
    { status: 500, code: 'InternalError' },
    { status: 503, code: 'ServerBusy' },
    // The clocks are an hour apart, so storage would refuse any key.
    { status: 403, code: 'AuthenticationFailed', date: new Date(Date.now() - 3_600_000).toUTCString() },
    null,
  ])('says that it cannot tell from %j', async (answer) => {
    const probing = probe(service, answer);
    await expect(probing).rejects.toMatchObject({ code: 'storage_unavailable' });
    await expect(probing).rejects.toMatchObject({ reason: expect.not.stringMatching(/127|BQUF/) as string });
  });
});
