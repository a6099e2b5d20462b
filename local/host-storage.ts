import { type AddressInfo, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import type { Azurite } from './azurite.ts';
import type { Listening } from './listen.ts';
import { startAll, type Stoppable } from './start-all.ts';

/** Base URLs of the storage services over plain HTTP, without an account: `http://127.0.0.1:10003`. */
export interface HostStorage {
  blob: string;
  queue: string;
  table: string;
}

/**
 * Serves the stack's storage over plain HTTP as well, for AzureWebJobsStorage. The Functions host of Core Tools is a .NET
 * program. It would need the stack's CA in the system's store or, on Linux, in SSL_CERT_FILE; without it, timers do not
 * run. A shared key signature covers neither scheme nor host, so requests pass unchanged.
 */
export async function startHostStorage(
  storage: Promise<Azurite>,
  ca: string,
  ports: { hostBlob: number; hostQueue: number; hostTable: number },
): Promise<HostStorage & Stoppable> {
  const { blob, queue, table } = await storage;
  const relays = await startAll<[Listening, Listening, Listening]>([
    startRelay(ports.hostBlob, blob, ca),
    startRelay(ports.hostQueue, queue, ca),
    startRelay(ports.hostTable, table, ca),
  ]);
  const stop = async (): Promise<void> => {
    await Promise.all(relays.map((relay) => relay.stop()));
  };
  return { blob: relays[0].url, queue: relays[1].url, table: relays[2].url, stop };
}

/** Relays plain connections on a port of 127.0.0.1 to `target`, an HTTPS base URL whose certificate `ca` has signed. */
async function startRelay(port: number, target: string, ca: string): Promise<Listening> {
  const { hostname, port: targetPort } = new URL(target);
  const clients = new Set<Socket>();
  const server = createServer((client) => {
    clients.add(client);
    client.once('close', () => clients.delete(client));
    const upstream = connectTls({ host: hostname, port: Number(targetPort), ca });
    // If either side closes or fails, the other one is closed too.
    pipeline(client, upstream, client, () => undefined);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        for (const client of clients) client.destroy();
      }),
  };
}
