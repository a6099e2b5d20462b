import { describe, expect, it } from 'vitest';
import { eventCursor, readEventQuery } from '../../../shared/audit/event-query-parameters.ts';
import { timeKey } from '../../../shared/audit/event-row-keys.ts';
import type { BrokerError } from '../../../shared/broker-error.ts';

const now = new Date('2026-11-22T12:00:00Z');
const read = (text: string) => readEventQuery(new URLSearchParams(text), now);

function faultsOf(text: string): string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    return (error as BrokerError).errors.map(({ path }) => path);
  }
}

describe('the query of GET /events', () => {
  it('covers 30 days by default, 100 events per page, and an hour ahead for fast clocks', () => {
    expect(read('').query).toEqual({
      type: null,
      account: null,
      limit: 100,
      since: new Date('2026-10-23T12:00:00Z'),
      before: timeKey(new Date('2026-11-22T13:00:00Z')),
    });
  });

  it.each(['rotation-*', 'd*', '*'])('accepts the beginning of types: %s', (type) => {
    expect(read(`type=${type}`).query.type).toBe(type);
  });

  it('accepts every filter', () => {
    const text =
      'type=revocation&account=media&since=2026-11-01T00:00:00Z&until=2026-11-02T01:00:00%2B01:00&limit=1000';
    expect(read(text).query).toEqual({
      type: 'revocation',
      account: 'media',
      limit: 1000,
      since: new Date('2026-11-01T00:00:00Z'),
      before: timeKey(new Date('2026-11-02T00:00:00Z')),
    });
  });

  it.each([
    ['typ=revocation', ['typ']],
    ['type=', ['type']],
    ['type=**', ['type']],
    ['type=rotation-*x', ['type']],
    ['type=Rotation*', ['type']],
    ["type=x' or '1' eq '1", ['type']],
    ['account=Media', ['account']],
    ['since=yesterday&until=2026', ['since', 'until']],
    ['since=2026-11-02T00:00:00Z&until=2026-11-01T00:00:00Z', ['since']],
    ['limit=0', ['limit']],
    ['limit=1001', ['limit']],
    ['limit=1e2', ['limit']],
    ['limit=5&limit=6', ['limit']],
    ['cursor=', ['cursor']],
    ['cursor=abc', ['cursor']],
    [`cursor=${Buffer.from('20261122T120000000Z 2026-11-01T00:00:00Z').toString('base64url')}`, ['cursor']],
    ['x=1&y=2&limit=a', ['x', 'y', 'limit']],
  ])('rejects %s', (text, paths) => {
    expect(faultsOf(text)).toEqual(paths);
  });

  it('continues after the previous page, with the range of the first page', () => {
    const first = read('type=denial');
    const cursor = eventCursor(first, '20261120T120000123Z-abcdefgh')!;
    const second = readEventQuery(new URLSearchParams(`type=denial&cursor=${cursor}&limit=7`), new Date());
    expect(second.query).toEqual({ ...first.query, limit: 7, before: '20261120T120000123Z-abcdefgh' });
    expect(eventCursor(first, null)).toBeNull();
  });

  it('rejects a cursor of another query', () => {
    const cursor = eventCursor(read('type=denial'), '20261120T120000123Z')!;
    expect(faultsOf(`cursor=${cursor}`)).toEqual(['cursor']);
  });
});
