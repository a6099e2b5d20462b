import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { keyDeathId } from '../../../shared/deaths/death.ts';
import { stateReader } from '../../../shared/deaths/record-states.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { account } from '../../fakes/configuration.ts';
import { MemoryDeaths } from '../../fakes/memory-deaths.ts';
import { someRecord } from '../audit/records.ts';

const record = someRecord();
const ordered = addSeconds(record.issuedAt, 60);
const key = { account: 'media', id: keyDeathId('0123456789abcdef') };
const rotation = { every: 4000, takeOver: true, overlap: 60, settle: 30, clockSkew: 20 };

function setUp() {
  const deaths = new MemoryDeaths();
  const asked: string[] = [];
  const list = (name: string) => (asked.push(name), deaths.list(name));
  const accounts = new Map([['media', account({ rotation })]]);
  const readerAt = (now: Date) =>
    stateReader({ config: { accounts }, deaths: { list } }, { now, deadline: addSeconds(now, 5) });
  const kill = () =>
    deaths.order({
      ...key,
      dead: { what: 'key', keyId: '0123456789abcdef' },
      order: { at: ordered, by: 'local/otto', byName: null, reason: 'leaked' },
    });
  return { deaths, asked, readerAt, kill };
}

describe('the state of a record', () => {
  it('is unproved once its key’s death is ordered, and revoked with proof, also after its expiry', async () => {
    const { deaths, readerAt, kill } = setUp();
    const during = addSeconds(ordered, 1);
    expect(await readerAt(during)(record)).toEqual({ state: 'live', endedBy: null });
    await kill();
    const endedBy = { lever: 'regenerate-key', at: ordered, by: 'local/otto' };
    expect(await readerAt(during)(record)).toEqual({ state: 'unproved', endedBy });
    await deaths.prove(key, { at: during, refused: true, on: ['blob'] });
    expect(await readerAt(during)(record)).toEqual({ state: 'revoked', endedBy });
    expect(await readerAt(addSeconds(record.expiresAt, 86_400))(record)).toEqual({
      state: 'revoked',
      endedBy,
    });
  });

  it.each([
    ['its account’s clockSkew after its expiry', 'media', 20],
    ['five minutes after its expiry if its account is no longer configured', 'gone', 300],
  ])('is live until %s', async (_, name, seconds) => {
    const { readerAt } = setUp();
    const old = { ...record, resource: { account: name, service: 'blob', container: 'c' } as const };
    const last = addSeconds(record.expiresAt, seconds);
    expect((await readerAt(addSeconds(last, -1))(old)).state).toBe('live');
    expect((await readerAt(last)(old)).state).toBe('expired');
  });

  it('is told from one read of each account’s deaths', async () => {
    const { asked, readerAt } = setUp();
    const other = { ...record, resource: { account: 'archive', service: 'queue', queue: 'q' } as const };
    await Promise.all([record, record, other].map(readerAt(ordered)));
    expect(asked).toEqual(['media', 'archive']);
  });

  it('is not told if the deaths cannot be read', async () => {
    const { deaths, readerAt } = setUp();
    deaths.failing = new BrokerError('storage_unavailable', 'Told to fail.');
    await expect(readerAt(ordered)(record)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });
});
