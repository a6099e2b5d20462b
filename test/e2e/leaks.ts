import { expect, inject } from 'vitest';
import type { Accounts, TestBroker } from './test-broker.ts';

/** Returns every row of the audit table as it is stored. */
export async function storedRows({ auditTable }: Accounts): Promise<Record<string, unknown>[]> {
  const rows: Record<string, unknown>[] = [];
  for await (const row of auditTable.listEntities()) rows.push(row);
  return rows;
}

/**
 * Verifies that logs and rows hold no key, signature (plain or encoded), bearer token or vault host.
 * @param secrets texts that this test received or sent: tokens, signatures, bearer tokens.
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
