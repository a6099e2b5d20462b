import { expect } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { setKey } from '../stack-client.ts';
import { type Accounts, call, publishKey, type TestBroker } from './test-broker.ts';

/** Regenerates key1 of `media` by hand, despite live tokens. Resolves once the broker signs with the new key. */
export async function regenerateKey({ media }: Accounts, broker: TestBroker, bearer: string): Promise<void> {
  const account = await setKey(media.name, 'key1');
  await publishKey(account, 'key1');
  const probe = { url: `${media.blob}/uploads/${sampleCallers['uploader']!.oid}/absent`, kind: 'service' };
  const status = async () => {
    const { body } = await call(broker, { bearer }, 'POST', '/tokens', { ...probe, permissions: 'w' });
    const reply = await fetch(String(body['url']), {
      method: 'PUT',
      headers: { 'x-ms-blob-type': 'BlockBlob' },
    });
    return reply.status;
  };
  await expect.poll(status, { interval: 200 }).toBe(201);
}
