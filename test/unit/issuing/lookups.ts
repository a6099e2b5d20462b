import type { AuditRecord } from '../../../shared/audit/audit-record.ts';
import { fingerprintOf, newRowKeys } from '../../../shared/audit/row-keys.ts';
import { ScanGate } from '../../../shared/audit/scan-gate.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import type { StorageAccount } from '../../../shared/config/broker-config.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { type LookupAnswer, lookUpToken } from '../../../shared/issuing/look-up-token.ts';
import { KeyListings } from '../../../shared/issuing/lookup/key-listings.ts';
import { parseLookup } from '../../../shared/issuing/lookup/parse-lookup.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { account, caller } from '../../fakes/configuration.ts';
import { MemoryAccountKeys } from '../../fakes/memory-account-keys.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { memoryCandidateRows } from '../../fakes/memory-candidate-rows.ts';
import { someRecord } from '../audit/records.ts';

/** Keys of an account, in base64. */
export const KEY1 = Buffer.alloc(64, 1).toString('base64');
export const KEY2 = Buffer.alloc(64, 2).toString('base64');

const NOW = new Date('2026-11-28T12:00:00Z');

/** Returns a broker in memory that answers lookups; each account publishes `KEY1` as key1 and has `KEY2` as its other key. */
export function lookupStage(accounts: readonly StorageAccount[] = [account({ name: 'contosomedia' })]) {
  const audit = memoryAuditLog();
  const accountKeys = new MemoryAccountKeys();
  for (const { name } of accounts) accountKeys.publish(name, KEY1);
  const warnings: [string, object][] = [];
  const listed: string[] = [];
  const searched: (string | null)[] = [];
  const stage = {
    now: NOW,
    /** What a listing of keys does instead. */
    list: (): Promise<Record<'key1' | 'key2', SecretText>> =>
      Promise.resolve({ key1: new SecretText(KEY1), key2: new SecretText(KEY2) }),
    /** Whether searches end early. */
    cut: false,
  };
  const keyListings = new KeyListings({
    list: ({ name }) => {
      listed.push(name);
      return stage.list();
    },
  });
  const ports = {
    config: { accounts: new Map(accounts.map((one) => [one.name, one])) },
    accountKeys,
    keyListings,
    clock: () => stage.now,
    candidates: memoryCandidateRows(audit),
    scans: new ScanGate(),
    audit: {
      ...audit,
      findByFingerprint: async (
        fingerprint: string,
        hours: { from: string; to: string } | null,
        by: Date,
      ) => {
        searched.push(hours === null ? null : `${hours.from}-${hours.to}`);
        const found = await audit.findByFingerprint(fingerprint, hours, by);
        return stage.cut ? { ...found, scannedAll: false } : found;
      },
    },
  };
  const ask = (body: object): Promise<LookupAnswer> =>
    lookUpToken(ports, parseLookup(body), {
      caller: caller(),
      now: stage.now,
      deadline: addSeconds(stage.now, 5),
      log: (event, fields) => warnings.push([event, fields]),
    });
  return { audit, accountKeys, ports, stage, ask, warnings, listed, searched };
}

/** Returns a record whose token has this signature. */
export function recordOf(
  signature: string,
  over: Partial<AuditRecord> = {},
  suffix = 'aaaaaaaa',
): AuditRecord {
  const expiresAt = over.expiresAt ?? new Date('2026-11-28T17:47:32Z');
  const fingerprint = fingerprintOf(signature);
  const key = newRowKeys({ shard: 3, expiresAt, fingerprint, suffix });
  return someRecord({ ...over, expiresAt, key });
}

/** Returns the problem code of a call, and the paths and messages of its faults. */
export async function problemOf(
  work: () => Promise<unknown>,
): Promise<{ code: string; text: string; paths: string[] }> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    const text = [error.message, ...error.errors.map(({ message }) => message)].join(' ');
    return { code: error.code, text, paths: error.errors.map(({ path }) => path) };
  }
  return { code: 'none', text: '', paths: [] };
}
