import { describe, expect, it } from 'vitest';
import { chooseLever } from '../../../../clients/cli/choose-lever.ts';
import { secondsToWait } from '../../../../clients/cli/broker-api.ts';
import { Exit } from '../../../../clients/cli/exit-codes.ts';
import { lookupMember } from '../../../../clients/cli/lookup-question.ts';
import { readTarget } from '../../../../clients/cli/revocation-target.ts';
import type { PlannedLever } from '../../../../clients/cli/revocation-plan.ts';
import { resourceText } from '../../../../clients/cli/token-record.ts';

const HASH = 'AB'.repeat(32);

describe('what a line looks like', () => {
  it.each([
    [HASH, 'fingerprint'],
    [` ${HASH.toLowerCase()}  `, 'fingerprint'],
    [`SasSignature(${HASH})`, 'logLine'],
    [`key1(${HASH}),SasSignature(${HASH})`, 'logLine'],
    [`{"time":"…","uri":"https://media.blob.core.windows.net/c/b?sv=1&sig=XXXXX"}`, 'logLine'],
    [`[{"records":[]}]`, 'logLine'],
    [`"AuthenticationHash":"key1(…)"`, 'logLine'],
    ['1.0;2026-11-28T10:00:00.1Z;GetBlob;SASSuccess;200;5;4;sas', 'logLine'],
    ['2.0;2026-11-28T10:00:00.1Z;GetBlob', 'logLine'],
    ['https://media.blob.core.windows.net/c/b?sv=1&sig=A', 'url'],
    ['see <HTTP://127.0.0.1:10000/media/c/b?sv=1&sig=A>.', 'url'],
    ['[photo](https://media.blob.core.windows.net/c/b?sv=1&sig=A)', 'url'],
    ['https%3A%2F%2Fmedia.blob.core.windows.net%2Fc%3Fsig%3DA', 'url'],
    ['https%253A%252F%252Fmedia', 'url'],
    ['curl "https:\\/\\/media.blob.core.windows.net/c?sig=A"', 'url'],
    ['sv=2025-11-05&sig=A', 'token'],
    ['?sv=2025-11-05&sig=A', 'token'],
    ['anything else', 'token'],
  ])('%s is sent as %s', (text, member) => {
    expect(lookupMember(text)).toBe(member);
  });
});

describe('a target', () => {
  it.each([
    ['token 0-1-a', { token: '0-1-a' }],
    ['caller entra/a/b', { caller: { issuer: 'entra', subject: 'a/b' } }],
    ['grant read', { grant: 'read' }],
    ['container media/blob/photos', { account: 'media', service: 'blob', container: 'photos' }],
    ['account media', { account: 'media' }],
    ['key media/key1', { account: 'media', key: 'key1' }],
    ['key media/both', { account: 'media', key: 'both' }],
  ])('is written as "%s"', (words, target) => {
    expect(readTarget(words.split(' '))).toEqual(target);
  });

  it.each([
    '',
    'token',
    'token ',
    'token a b',
    'caller entra',
    'caller /x',
    'caller entra/',
    'container media/blob',
    'container media//photos',
    'container a/b/c/d',
    'account a/b',
    'key media',
    'key media/key3',
    'key /key1',
    'tokens a',
    'tok a',
  ])('cannot be written as "%s"', (words) => {
    expect(() => readTarget(words.split(' '))).toThrow(Exit);
  });
});

describe('the lever to pull', () => {
  const lever = (name: string, key?: string, byHand = false): PlannedLever => ({
    planHash: `${name} ${key ?? ''}`,
    lever: name,
    on: { account: 'media', ...(key === undefined ? {} : { key }) },
    kills: { tokens: 1, besides: 0, latestExpiry: null },
    actsWithin: 'PT1S',
    command: byHand ? 'az role' : null,
    byHand,
  });
  const both = [lever('regenerate-key', 'key1'), lever('regenerate-key', 'key2')];
  const delegation = lever('revoke-delegation-keys');
  const role = lever('remove-role', undefined, true);
  const choose = (levers: PlannedLever[], name?: string, on?: string) =>
    chooseLever(levers, { lever: name, on });

  it('is the only one that the broker pulls, or the one that is named', () => {
    expect(choose([delegation, role])).toEqual({ kind: 'one', lever: delegation });
    expect(choose([delegation, ...both], 'revoke-delegation-keys')).toEqual({
      kind: 'one',
      lever: delegation,
    });
    expect(choose([delegation, ...both], 'regenerate-key', 'media/key2')).toEqual({
      kind: 'one',
      lever: both[1],
    });
    expect(choose([delegation, ...both], undefined, 'media/key1')).toEqual({ kind: 'one', lever: both[0] });
  });

  it('is never guessed', () => {
    expect(choose([delegation, ...both])).toEqual({ kind: 'several', levers: [delegation, ...both] });
    expect(choose([delegation, ...both], 'regenerate-key')).toEqual({ kind: 'several', levers: both });
  });

  it('is refused if there is none, or if it is pulled by hand', () => {
    expect(() => choose([])).toThrow('nothing to revoke');
    expect(() => choose(both, 'delete-policy')).toThrow(
      'It has: regenerate-key on media/key1; regenerate-key on media/key2.',
    );
    expect(() => choose(both, 'regenerate-key', 'media')).toThrow('no such lever');
    expect(() => choose([delegation, role], 'remove-role')).toThrow('az role');
    expect(() => choose([role])).toThrow('by hand');
  });
});

describe('what is read from replies', () => {
  const now = Date.parse('2026-11-28T10:00:00Z');
  it.each([
    [null, null],
    ['5', 5],
    ['0', 0],
    ['soon', null],
    ['-1', null],
    ['Sat, 28 Nov 2026 10:00:07 GMT', 7],
    ['Sat, 28 Nov 2026 09:00:00 GMT', 0],
  ])('Retry-After %s means %s seconds', (header, seconds) => {
    expect(secondsToWait(header, now)).toBe(seconds);
  });

  it.each([
    [{ account: 'media', service: 'blob', container: 'c', blob: 'a/b.jpg' }, 'media/blob/c/a/b.jpg'],
    [{ account: 'media', service: 'blob', container: 'c', directory: 'd' }, 'media/blob/c/d/'],
    [
      { account: 'media', service: 'blob', container: 'c', blob: 'b', versionId: 'v' },
      'media/blob/c/b versionId=v',
    ],
    [
      { account: 'media', service: 'table', table: 'T', partitionKeyStart: 'a' },
      'media/table/T partitionKeyStart=a',
    ],
    [{ account: 'media', services: ['blob', 'queue'], resourceTypes: ['object'] }, 'media blob,queue object'],
  ])('the resource %j is %s', (resource, shown) => {
    expect(resourceText(resource)).toBe(shown);
  });
});
