import { expect, inject } from 'vitest';
import type { Accounts, TestBroker } from './test-broker.ts';

/** Every row of the audit table, as it is stored. */
export async function storedRows({ auditTable }: Accounts): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const row of auditTable.listEntities()) rows.push(row);
  return rows;
}

/**
 * Reads everything that was printed and stored: no key, no signature (plain or encoded), no bearer, no vault host.
 * @param secrets texts handed out or sent in this test: tokens, signatures, bearers.
 */
export async function expectNoLeak(accounts: Accounts, broker: TestBroker, secrets: string[]): Promise<void> {
  const printed = broker.output();
  const stored = JSON.stringify(await storedRows(accounts));
  expect(printed).toContain('broker started');
  const { media, state } = accounts;
  const signatures = secrets.flatMap((secret) => {
    const signature = new URLSearchParams(secret.split('?').at(-1)).get('sig');
    return signature === null ? [secret] : [signature, encodeURIComponent(signature)];
  });
  const vaultHost = new URL(inject('stack').keyVault).host;
  const forbidden = [media.key1, media.key2, state.key1, state.key2, 'sig=', vaultHost, ...signatures];
  for (const text of forbidden) {
    expect(printed.includes(text), `printed: ${text}`).toBe(false);
    expect(stored.includes(text), `stored: ${text}`).toBe(false);
  }
}
