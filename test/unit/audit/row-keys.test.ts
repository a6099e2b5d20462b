import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fingerprintOf,
  isTokenRow,
  newRowKeys,
  parseTokenId,
  partitionKey,
  randomSuffix,
  rowKey,
  SHARDS,
  startOfHour,
  tokenId,
  tokenIdOfRow,
} from '../../../shared/audit/row-keys.ts';
import { anyRowKeys } from './records.ts';

const key = newRowKeys({
  shard: 3,
  expiresAt: new Date('2026-11-22T15:59:59Z'),
  fingerprint: fingerprintOf('a+b/c='),
  suffix: 'abcdef27',
});

describe('row keys', () => {
  test('consist of the shard and UTC hour of expiry, and of the fingerprint', () => {
    expect(partitionKey(key)).toBe('t-3-2026112215');
    expect(rowKey(key)).toBe(`${key.fingerprint}-abcdef27`);
    expect(tokenId(key)).toBe(`3-2026112215-${key.fingerprint}-abcdef27`);
  });

  test('a token’s own row leads to its id; an add-on row is not one', () => {
    const row = { partitionKey: partitionKey(key), rowKey: rowKey(key) };
    expect(tokenIdOfRow(row)).toBe(tokenId(key));
    expect(isTokenRow(row)).toBe(true);
    expect(isTokenRow({ ...row, rowKey: `${rowKey(key)}~completed` })).toBe(false);
  });

  test('a fingerprint is the hex SHA-256 of the decoded signature', () => {
    expect(fingerprintOf('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(fingerprintOf('a+b/c=')).toMatch(/^[0-9a-f]{64}$/);
  });

  test('an id is parsed back to its keys', () => {
    fc.assert(
      fc.property(anyRowKeys, (keys) => {
        expect(parseTokenId(tokenId(keys))).toEqual(keys);
      }),
    );
  });

  test('ids with a higher shard than today are parsed, so the number of shards can grow', () => {
    expect(parseTokenId(tokenId({ ...key, shard: SHARDS }))).toEqual({ ...key, shard: SHARDS });
    expect(parseTokenId(tokenId({ ...key, shard: 999 }))).toEqual({ ...key, shard: 999 });
    expect(parseTokenId(tokenId({ ...key, shard: 1000 }))).toBeNull();
  });

  test.each([
    '',
    ` ${tokenId(key)}`,
    `${tokenId(key)}\n`,
    `${tokenId(key)}~revoked`,
    tokenId(key).toUpperCase(),
    `0${tokenId(key)}`,
    `-${tokenId(key)}`,
    tokenId({ ...key, hour: '2026022915' }),
    tokenId({ ...key, hour: '2026023015' }),
    tokenId({ ...key, hour: '2026112224' }),
    tokenId({ ...key, hour: '2026130100' }),
    tokenId({ ...key, suffix: 'abcdef21' }),
    tokenId({ ...key, suffix: 'abcdef2' }),
    tokenId({ ...key, fingerprint: key.fingerprint.slice(1) }),
  ])('any other text is not parsed as an id: %j', (text) => {
    expect(parseTokenId(text)).toBeNull();
  });

  test('only the canonical text of an id is parsed', () => {
    fc.assert(
      fc.property(anyRowKeys, fc.nat(90), fc.string({ maxLength: 2 }), (keys, at, insert) => {
        const id = tokenId(keys);
        const changed = id.slice(0, at) + insert + id.slice(at + 1);
        const parsed = parseTokenId(changed);
        expect(parsed === null ? changed : tokenId(parsed)).toBe(changed);
      }),
    );
  });

  test('a suffix is exactly five bytes in RFC 4648 base32', () => {
    expect(randomSuffix(new Uint8Array([0, 0, 0, 0, 0]))).toBe('aaaaaaaa');
    expect(randomSuffix(new Uint8Array([255, 255, 255, 255, 255]))).toBe('77777777');
    expect(randomSuffix(new TextEncoder().encode('fooba'))).toBe('mzxw6ytb');
    expect(() => randomSuffix(new Uint8Array(4))).toThrow(RangeError);
  });

  test('the start of an hour is null if the calendar does not have it', () => {
    expect(startOfHour('2028022923')?.toISOString()).toBe('2028-02-29T23:00:00.000Z');
    expect(startOfHour('2026022923')).toBeNull();
    expect(startOfHour('26112215')).toBeNull();
  });
});
