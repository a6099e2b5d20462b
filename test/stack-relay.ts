import { join } from 'node:path';
import { inject } from 'vitest';
import { type FaultyTable, type FaultyTableOptions, startFaultyTable } from './fakes/faulty-table.ts';

/**
 * Starts a relay in front of a service of the stack's storage, which clients of the stack trust. By default it is the table
 * service, and nothing fails.
 */
export function startStackRelay(options: Partial<FaultyTableOptions> = {}): Promise<FaultyTable> {
  const { folder, table } = inject('stack');
  const certificate = { certFile: join(folder, 'tls-cert.pem'), keyFile: join(folder, 'tls-key.pem') };
  return startFaultyTable({ target: table, seed: 1, failEvery: 0, certificate, ...options });
}
