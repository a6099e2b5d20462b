import { createHmac } from 'node:crypto';
import type { Resource } from '../shared/azure/resources.ts';
import { sign } from '../shared/sas/sign-token.ts';
import { accountKey, authorizedToken, delegationKey, SAMPLE_KEY } from '../test/unit/sas/sas-samples.ts';
import { ratio, repeated } from './rounds.ts';

const ROUNDS = 9;
const TOKENS = 2000;
const SCID = '20261122-1500-8003-8000-000000000005';
const [blob, directory, queue, table, file]: readonly Resource[] = [
  { account: 'media', service: 'blob', container: 'uploads', blob: 'inbox/1.jpg' },
  { account: 'media', service: 'blob', container: 'uploads', directory: 'inbox' },
  { account: 'media', service: 'queue', queue: 'jobs' },
  { account: 'media', service: 'table', table: 'Inventory' },
  { account: 'media', service: 'file', share: 'docs', file: 'a/b.txt' },
];
const whole: Resource = { account: 'media', services: ['blob'], resourceTypes: ['object'] };

const KINDS = [
  ['blob, user delegation', blob, 'user-delegation'],
  ['directory, user delegation', directory, 'user-delegation'],
  ['blob, service', blob, 'service'],
  ['queue, service', queue, 'service'],
  ['table, service', table, 'service'],
  ['file, service', file, 'service'],
  ['account', whole, 'account'],
] as const;

/** One token, with URL and fingerprint, against the one HMAC-SHA256 that it cannot do without. */
export async function signing(): Promise<{ readonly what: string; readonly time: number }[]> {
  const key = Buffer.from(SAMPLE_KEY, 'base64');
  const text = 'r\n2026-11-22T15:00:00Z\n2026-11-22T15:15:00Z\n/blob/media/uploads/inbox/1.jpg'.padEnd(200);
  const bare = repeated(TOKENS, () => createHmac('sha256', key).update(text).digest('base64'));
  const results: { what: string; time: number }[] = [];
  for (const [what, resource, kind] of KINDS) {
    if (resource === undefined) continue;
    const token = authorizedToken({ resource, kind });
    const signer = kind === 'user-delegation' ? delegationKey() : accountKey();
    results.push({
      what,
      time: await ratio(
        ROUNDS,
        repeated(TOKENS, () => sign(token, signer, SCID)),
        bare,
      ),
    });
  }
  return results;
}
