import { createHmac } from 'node:crypto';
import type { Resource } from '../shared/azure/resources.ts';
import { sign } from '../shared/sas/sign-token.ts';
import { accountKey, authorizedToken, delegationKey, SAMPLE_KEY } from '../test/unit/sas/sas-samples.ts';
import { measureRatio, repeat } from './rounds.ts';

const ROUNDS = 9;
const TOKENS = 2000;
const SCID = '20261122-1500-8003-8000-000000000005';

const blob: Resource = { account: 'media', service: 'blob', container: 'uploads', blob: 'inbox/1.jpg' };
const directory: Resource = { account: 'media', service: 'blob', container: 'uploads', directory: 'inbox' };
const queue: Resource = { account: 'media', service: 'queue', queue: 'jobs' };
const table: Resource = { account: 'media', service: 'table', table: 'Inventory' };
const file: Resource = { account: 'media', service: 'file', share: 'docs', file: 'a/b.txt' };
const wholeAccount: Resource = { account: 'media', services: ['blob'], resourceTypes: ['object'] };

/** Label, resource and kind of each token. */
const SAMPLES = [
  ['blob, user delegation', blob, 'user-delegation'],
  ['directory, user delegation', directory, 'user-delegation'],
  ['blob, service', blob, 'service'],
  ['queue, service', queue, 'service'],
  ['table, service', table, 'service'],
  ['file, service', file, 'service'],
  ['account', wholeAccount, 'account'],
] as const;

/** Times a token with its URL and fingerprint, relative to the one HMAC-SHA256 that every token needs. */
export async function measureSigning(): Promise<{ readonly token: string; readonly ratio: number }[]> {
  const key = Buffer.from(SAMPLE_KEY, 'base64');
  const text = 'r\n2026-11-22T15:00:00Z\n2026-11-22T15:15:00Z\n/blob/media/uploads/inbox/1.jpg'.padEnd(200);
  const hmac = repeat(TOKENS, () => createHmac('sha256', key).update(text).digest('base64'));
  const results: { token: string; ratio: number }[] = [];
  for (const [label, resource, kind] of SAMPLES) {
    const token = authorizedToken({ resource, kind });
    const signer = kind === 'user-delegation' ? delegationKey() : accountKey();
    results.push({
      token: label,
      ratio: await measureRatio(
        ROUNDS,
        repeat(TOKENS, () => sign(token, signer, SCID)),
        hmac,
      ),
    });
  }
  return results;
}
