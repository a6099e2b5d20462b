import { describe, expect, it } from 'vitest';
import type { BrokerError } from '../../../shared/broker-error.ts';
import type { Issuer } from '../../../shared/config/broker-config.ts';
import { parseBlockRequest, readBlockQuery } from '../../../shared/revocation/block-request.ts';
import { start } from './blocks-world.ts';

const issuers = [{ id: 'entra' }, { id: 'local' }] as Issuer[];
const body = { issuer: 'local', subject: 'uma', reason: 'leaked' };
const secret = `sig=${'A'.repeat(43)}=`;

function faultsOf(read: () => unknown) {
  try {
    read();
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: 'invalid_request' });
    return (error as BrokerError).errors.map(({ path, message }) => `${path}: ${message}`);
  }
}
const faults = (json: unknown) => faultsOf(() => parseBlockRequest(json, issuers, start));

describe('the body of a block', () => {
  it('names a caller and a reason, and optionally an end', () => {
    expect(parseBlockRequest(body, issuers, start)).toEqual({ ...body, until: null });
    const until = '2026-11-22T13:00:01.9+01:00';
    expect(parseBlockRequest({ ...body, until }, issuers, start).until).toEqual(
      new Date('2026-11-22T12:00:01Z'),
    );
    const longest = { ...body, subject: 's'.repeat(300), reason: 'r'.repeat(256) };
    expect(parseBlockRequest(longest, issuers, start)).toMatchObject(longest);
  });

  it.each<[object, string]>([
    [{ issuer: 'Local' }, 'issuer: must be one of entra, local'],
    [{ issuer: '' }, 'issuer: must be at least 1 characters'],
    [{ subject: '' }, 'subject: must be at least 1 characters'],
    [{ subject: 's'.repeat(301) }, 'subject: must be at most 300 characters'],
    [{ subject: 'a\nb' }, 'subject: must be well-formed text without control characters'],
    [{ subject: secret }, 'subject: must not contain a SAS'],
    [{ reason: '' }, 'reason: must be at least 1 characters'],
    [{ reason: 'r'.repeat(257) }, 'reason: must be at most 256 characters'],
    [{ reason: secret }, 'reason: must not contain a SAS'],
    [{ reason: '\ud800' }, 'reason: must be well-formed text without control characters'],
    [{ until: '2026-11-22T12:00:00Z' }, 'until: must be in the future'],
    [{ until: '2026-11-22T12:00:00.9Z' }, 'until: must be in the future'],
    [{ until: '2026-02-31T12:00:00Z' }, 'until: must be an ISO 8601 time'],
    [{ until: 'PT1H' }, 'until: must be an ISO 8601 time'],
    [{ untill: 'x' }, 'untill: is not a known member; did you mean'],
  ])('with %j is refused', (parts, fault) => {
    const told = faults({ ...body, ...parts });
    expect(told).toHaveLength(1);
    expect(told[0]?.slice(0, fault.length)).toBe(fault);
    expect(told.join()).not.toContain(secret);
  });

  it('is refused with every fault at once', () => {
    expect(
      faults({ issuer: 'x', until: '2020-01-01T00:00:00Z' }).map((fault) => fault.split(':')[0]),
    ).toEqual(['subject', 'reason', 'issuer', 'until']);
    expect(faults([])).toEqual([': must be a JSON object']);
  });
});

describe('the query of blocks', () => {
  const query = (text: string) => readBlockQuery(new URLSearchParams(text));

  it('may name an issuer and a subject', () => {
    expect(query('')).toEqual({ issuer: null, subject: null });
    expect(query('issuer=local&subject=u%2Fma')).toEqual({ issuer: 'local', subject: 'u/ma' });
  });

  it('is refused with every fault', () => {
    const told = faultsOf(() => query(`isuer=x&subject=${'s'.repeat(301)}`));
    expect(told.map((fault) => fault.split(':')[0])).toEqual(['isuer', 'subject']);
  });
});
