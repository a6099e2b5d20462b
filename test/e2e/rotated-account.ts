import { BlockBlobClient, type RestError } from '@azure/storage-blob';
import { vi } from 'vitest';
import type { TestAccount } from '../stack-client.ts';
import { type Answer, call, type TestBroker } from './test-broker.ts';

/** Starts one tick of the timer, which no test broker runs on its own. Resolves when it has begun. */
export const tick = (broker: TestBroker): Promise<Response> =>
  fetch(`${broker.admin}/functions/rotateKeys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });

/** Returns an account's rotation state. */
export const rotationOf = async (broker: TestBroker, { name }: TestAccount): Promise<Answer['body']> =>
  (await call(broker, 'auditor', 'GET', `/accounts/${name}/rotation`)).body;

/** Lets the broker take over an account with `takeOver`, and waits until it has. */
export async function takeOver(broker: TestBroker, account: TestAccount): Promise<void> {
  await tick(broker);
  const isSteady = async () => (await rotationOf(broker, account))['phase'] === 'steady';
  await vi.waitUntil(isSteady, { timeout: 30_000, interval: 200 });
}

/** Returns the status with which storage answers a download by a blob's URL with its SAS. */
export const downloadStatus = (url: string): Promise<number> =>
  new BlockBlobClient(url).downloadToBuffer().then(
    () => 200,
    (error: unknown) => (error as RestError).statusCode ?? -1,
  );
