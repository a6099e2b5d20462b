import { describe, expect, it } from 'vitest';
import { completionRow } from '../../../shared/audit/add-on-rows.ts';
import type { AuditRecord } from '../../../shared/audit/audit-record.ts';
import { auditRow } from '../../../shared/audit/audit-row.ts';
import { tokenId } from '../../../shared/audit/row-keys.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import type { Death } from '../../../shared/deaths/death.ts';
import { listTokens } from '../../../shared/deaths/list-tokens.ts';
import { readTokenQuery, tokenCursor } from '../../../shared/deaths/token-query-parameters.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { TableRow } from '../../../shared/tables/columns.ts';
import { account } from '../../fakes/configuration.ts';
import { memoryTokenPages } from '../../fakes/memory-token-pages.ts';
import { someRecord } from '../audit/records.ts';

const now = new Date('2026-11-22T12:00:00Z');
const rotation = { every: 1, takeOver: true, overlap: 1, settle: 1, clockSkew: 900 };
const accounts = new Map([
  ['media', account()],
  ['slow', account({ name: 'slow', rotation })],
]);

const token = (sig: string, minutes: number, parts: Partial<AuditRecord> = {}): AuditRecord =>
  someRecord({ sig, expiresAt: addSeconds(now, minutes * 60), ...parts });
const death = (keyId: string, refused: boolean | null): Death => ({
  id: `key-${keyId}`,
  account: 'media',
  dead: { what: 'key', keyId },
  order: { at: now, by: 'local/otto', byName: null, reason: 'leaked' },
  proof: refused === null ? null : { at: now, refused, on: ['blob'] },
});
const signedBy = (keyId: string | null) => ({
  signedWith: { key: 'key1' as const, secretVersion: 'v', keyId },
});
const slow = { resource: { account: 'slow', service: 'blob', container: 'c' } as const };

const records = {
  live: token('live', 30),
  // The clock of storage may be behind by five minutes by default, and by a quarter of an hour for this account.
  skewed: token('skewed', -4),
  expired: token('expired', -5),
  slowLive: token('slowLive', -14, slow),
  slowExpired: token('slowExpired', -15, slow),
  unproved: token('unproved', 40, signedBy('b'.repeat(16))),
  revoked: token('revoked', 50, signedBy('c'.repeat(16))),
  revokedBefore: token('revokedBefore', -500, signedBy('c'.repeat(16))),
};
const nameOf = new Map(Object.entries(records).map(([name, { key }]) => [tokenId(key), name]));

function world(extra: TableRow[] = []) {
  const asked: { conditions: readonly string[]; lists: string[] } = { conditions: [], lists: [] };
  const rows = [...Object.values(records).map((record) => auditRow(record, 'i')), ...extra];
  const list = async (query: string, at = now) => {
    const read = readTokenQuery(new URLSearchParams(query), at);
    const ports = {
      config: { accounts },
      deaths: {
        list: (name: string) => {
          asked.lists.push(name);
          return Promise.resolve(
            name === 'media' ? [death('b'.repeat(16), null), death('c'.repeat(16), true)] : [],
          );
        },
      },
      openPages: ({ conditions }: { conditions: readonly string[] }) => {
        asked.conditions = conditions;
        return memoryTokenPages(rows);
      },
    };
    const { tokens, next } = await listTokens(ports, read, addSeconds(at, 5));
    return {
      tokens,
      names: tokens.map(({ record }) => nameOf.get(tokenId(record.key))!),
      cursor: tokenCursor(read, next),
    };
  };
  return { list, asked };
}

describe('a list of tokens', () => {
  it.each([
    ['state=live', ['live', 'skewed', 'slowLive', 'unproved']],
    ['', ['live', 'skewed', 'slowLive', 'unproved']],
    ['state=unproved', ['unproved']],
    ['state=expired', ['expired', 'slowExpired']],
    ['state=revoked', ['revoked', 'revokedBefore']],
    ['state=any', Object.keys(records)],
  ])('with %j has the tokens of that state, by each account’s clock skew', async (query, names) => {
    expect((await world().list(query)).names.sort()).toEqual([...names].sort());
  });

  it('reads the deaths of each account once, and fails if they cannot be read', async () => {
    const { list, asked } = world();
    await list('state=any');
    expect(asked.lists.sort()).toEqual(['media', 'slow']);
    const deaths = { list: () => Promise.reject(new BrokerError('storage_unavailable', 'no')) };
    const openPages = () => memoryTokenPages([auditRow(records.live, 'i')]);
    const query = readTokenQuery(new URLSearchParams(''), now);
    await expect(listTokens({ config: { accounts }, deaths, openPages }, query, now)).rejects.toMatchObject({
      code: 'storage_unavailable',
    });
  });

  it('joins completions, and keeps telling states as of its first page', async () => {
    const completion = { outcome: 'succeeded', at: now, detail: null };
    const { list } = world([completionRow(records.live.key, completion, 'r')]);
    const first = await list('limit=2');
    const second = await list(`limit=2&cursor=${first.cursor}`, addSeconds(now, 7200));
    expect([first.names.length, second.names.length]).toEqual([2, 2]);
    expect([...first.names, ...second.names].sort()).toEqual(['live', 'skewed', 'slowLive', 'unproved']);
    const all = [...first.tokens, ...second.tokens];
    const found = all.find(({ record }) => record.key.fingerprint === records.live.key.fingerprint);
    expect(found?.record.completion).toEqual(completion);
    expect(all.filter(({ state }) => state.state === 'live')).toHaveLength(3);
  });

  it('asks storage for what it can: the filters, and expiry by the largest or the least clock skew', async () => {
    const { list, asked } = world();
    await list(
      "account=media&service=blob&container=Photos&caller=local/o'neil&issuedAfter=2026-11-22T00:00:00Z",
    );
    expect(asked.conditions).toEqual([
      "account eq 'media'",
      "service eq 'blob'",
      "(resource eq 'media/blob/photos' or (resource ge 'media/blob/photos/' and resource lt 'media/blob/photos0'))",
      "callerIssuer eq 'local'",
      "callerSubject eq 'o''neil'",
      "issuedAt ge '2026-11-22T00:00:00Z'",
      "expiresAt gt '2026-11-22T11:45:00Z'",
    ]);
    for (const state of ['live', 'unproved']) {
      await list(`state=${state}`);
      expect(asked.conditions).toEqual(["expiresAt gt '2026-11-22T11:45:00Z'"]);
    }
    await list('state=expired');
    expect(asked.conditions).toEqual(["expiresAt le '2026-11-22T11:55:00Z'"]);
    await list(
      'state=revoked&policy=p&kind=service&key=key1&keyId=ABCDEFABCDEFABCD&grant=g&issuedBefore=2026-11-22T00:00:00Z',
    );
    expect(asked.conditions).toEqual([
      "kind eq 'service'",
      "grant eq 'g'",
      "keyName eq 'key1'",
      "keyId eq 'abcdefabcdefabcd'",
      "policyId eq 'p'",
      "issuedAt lt '2026-11-22T00:00:00Z'",
    ]);
  });

  it('compares names of tables without regard to case, as storage does', async () => {
    const table = token('table', 20, {
      resource: { account: 'media', service: 'table', table: 'Inventory' },
    });
    const { list } = world([auditRow(table, 'i')]);
    const found = async (name: string) =>
      (await list(`account=media&service=table&container=${name}`)).tokens.length;
    expect([await found('inventory'), await found('INVENTORY'), await found('inventory2')]).toEqual([
      1, 1, 0,
    ]);
  });
});
