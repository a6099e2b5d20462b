import { describe, expect, it } from 'vitest';
import type { BrokerError } from '../../../shared/broker-error.ts';
import { isListed, readTokenQuery, tokenCursor } from '../../../shared/deaths/token-query-parameters.ts';
import { filtersFor } from '../../../shared/deaths/list-tokens.ts';
import { caller } from '../../fakes/configuration.ts';

const now = new Date('2026-11-22T12:00:00.700Z');
const read = (text: string, at = now) => readTokenQuery(new URLSearchParams(text), at);
const rowKey = `${'a'.repeat(64)}-abcdefgh`;

function faultsOf(text: string): string[] {
  try {
    read(text);
    return [];
  } catch (error) {
    return (error as BrokerError).errors.map(({ path }) => path);
  }
}

describe('the query of GET /tokens', () => {
  it('lists live tokens in ascending order by default, 100 per page', () => {
    expect(read('')).toMatchObject({
      state: 'live',
      order: 'asc',
      limit: 100,
      position: null,
      now: new Date('2026-11-22T12:00:00Z'),
    });
    expect(Object.values(read('').filters).every((value) => value === null)).toBe(true);
  });

  it('accepts every filter, and splits a caller at the first slash', () => {
    const text =
      'state=any&account=media&service=table&container=Jobs&caller=entra/a/b&kind=service&grant=g&key=key2' +
      '&keyId=0123456789ABCDEF&policy=p%20q&issuedAfter=2026-11-22T01:00:00%2B01:00&issuedBefore=2026-11-22T12:00:00Z' +
      '&order=desc&limit=1000';
    expect(read(text)).toMatchObject({
      state: 'any',
      order: 'desc',
      limit: 1000,
      filters: {
        account: 'media',
        service: 'table',
        container: 'Jobs',
        caller: { issuer: 'entra', subject: 'a/b' },
        kind: 'service',
        grant: 'g',
        key: 'key2',
        keyId: '0123456789abcdef',
        policy: 'p q',
        issuedAfter: new Date('2026-11-22T00:00:00Z'),
        issuedBefore: new Date('2026-11-22T12:00:00Z'),
      },
    });
  });

  it.each([
    ['stat=live', ['stat']],
    ['state=dead', ['state']],
    ['state=', ['state']],
    ['account=Media', ['account']],
    ['service=dfs', ['service']],
    ['container=c', ['container']],
    ['container=c&account=media', ['container']],
    ['container=c&service=blob', ['container']],
    ["account=media&service=blob&container=c' or '1' eq '1", ['container']],
    ['caller=ann', ['caller']],
    ['caller=/ann', ['caller']],
    ['caller=entra/', ['caller']],
    ['caller=entra/a%00', ['caller']],
    ['kind=sas', ['kind']],
    ['grant=', ['grant']],
    ['grant=a%0a', ['grant']],
    [`policy=${'x'.repeat(401)}`, ['policy']],
    ['key=key3', ['key']],
    ['keyId=0123', ['keyId']],
    ['issuedAfter=yesterday&issuedBefore=2026', ['issuedAfter', 'issuedBefore']],
    ['issuedAfter=2026-11-22T12:00:00Z&issuedBefore=2026-11-22T12:00:00Z', ['issuedAfter']],
    ['order=up', ['order']],
    ['limit=0', ['limit']],
    ['limit=1001', ['limit']],
    ['limit=5&limit=6', ['limit']],
    ['cursor=', ['cursor']],
    ['cursor=abc', ['cursor']],
    ['x=1&state=x&limit=a&cursor=a', ['x', 'state', 'limit', 'cursor']],
  ])('rejects %s', (text, paths) => {
    expect(faultsOf(text)).toEqual(paths);
  });

  it('accepts either bound of the time of issue alone, and a bound at the Unix epoch', () => {
    const epoch = '1970-01-01T00:00:00Z';
    const boundsOf = (text: string) => {
      const { issuedAfter, issuedBefore } = read(text).filters;
      return [issuedAfter, issuedBefore];
    };
    expect(boundsOf(`issuedAfter=${epoch}`)).toEqual([new Date(0), null]);
    expect(boundsOf(`issuedBefore=${epoch}`)).toEqual([null, new Date(0)]);
  });

  it('has a cursor of at most 160 characters, whatever the filters', () => {
    const filtered = read(`policy=${'p'.repeat(400)}&grant=${'g'.repeat(400)}`);
    expect(tokenCursor(filtered, { hour: '2026112213', rowKey })!.length).toBeLessThanOrEqual(160);
  });

  it('continues after the previous page with the time of the first, whatever the limit', () => {
    const first = read('state=any&order=desc&issuedAfter=2026-11-01T01:00:00%2B01:00');
    const cursor = tokenCursor(first, { hour: '2026112213', rowKey })!;
    const later = new Date('2026-11-22T13:00:00Z');
    const second = read(
      `order=desc&state=any&issuedAfter=2026-11-01T00:00:00Z&limit=7&cursor=${cursor}`,
      later,
    );
    expect(second).toEqual({ ...first, limit: 7, position: { hour: '2026112213', rowKey } });
    expect(
      read(`cursor=${tokenCursor(read(''), { hour: '2026112213', rowKey: '' })}&state=live`).position,
    ).toEqual({
      hour: '2026112213',
      rowKey: '',
    });
    expect(tokenCursor(first, null)).toBeNull();
  });

  it.each([
    'state=any',
    'order=desc',
    'account=media',
    'caller=entra/ann',
    'issuedBefore=2026-11-22T12:00:00Z',
  ])('rejects a cursor of a list without %s', (filter) => {
    const cursor = tokenCursor(read(''), { hour: '2026112213', rowKey });
    expect(faultsOf(`cursor=${cursor}`)).toEqual([]);
    expect(faultsOf(`cursor=${cursor}&${filter}`)).toEqual(['cursor']);
    const other = tokenCursor(read(filter), { hour: '2026112213', rowKey });
    expect(faultsOf(`cursor=${other}`)).toEqual(['cursor']);
  });

  it.each([
    ['2026113199', rowKey, '2026-11-22T12:00:00Z'],
    ['2026112213', "' or '1' eq '1", '2026-11-22T12:00:00Z'],
    ['2026112213', `${rowKey}~completed`, '2026-11-22T12:00:00Z'],
    ['2026112213', rowKey, '2026-11-22T12:00:00.5Z'],
    ['2026112213', rowKey, 'now'],
  ])('rejects a cursor made elsewhere: %s %s %s', (...parts) => {
    const { digest } = read('');
    const cursor = Buffer.from([...parts, digest].join(' ')).toString('base64url');
    expect(faultsOf(`cursor=${cursor}`)).toEqual(['cursor']);
  });
});

describe('a list of tokens', () => {
  it('of live tokens includes those that are unproved', () => {
    const states = ['live', 'unproved', 'revoked', 'expired'] as const;
    const listed = (one: Parameters<typeof isListed>[0]) => states.filter((state) => isListed(one, state));
    expect(listed('live')).toEqual(['live', 'unproved']);
    expect(listed('any')).toEqual(states);
    for (const state of ['unproved', 'revoked', 'expired'] as const) expect(listed(state)).toEqual([state]);
  });

  it('shows auditors everyone’s tokens, and others their own', () => {
    const ann = caller({ subject: 'ann' });
    const own = { issuer: 'local', subject: 'ann' };
    const of = (text: string, who = ann) => filtersFor(read(text).filters, who);
    expect(of('grant=g')).toMatchObject({ caller: own, grant: 'g' });
    expect(of('caller=local/ann')).toMatchObject({ caller: own });
    for (const other of ['local/bob', 'other/ann', 'local/Ann']) expect(of(`caller=${other}`)).toBeNull();
    const auditor = caller({ roles: new Set(['auditor'] as const) });
    expect(of('', auditor)?.caller).toBeNull();
    expect(of('caller=local/bob', auditor)?.caller).toEqual({ issuer: 'local', subject: 'bob' });
    expect(of('', caller({ subject: 'ann', roles: new Set(['operator'] as const) }))?.caller).toEqual(own);
  });
});
