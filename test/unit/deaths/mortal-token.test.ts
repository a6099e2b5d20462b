import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { auditRow } from '../../../shared/audit/audit-row.ts';
import { MORTAL_COLUMNS, mortalTokenOf, readMortalToken } from '../../../shared/deaths/mortal-token.ts';
import { anyRecord, someRecord } from '../audit/records.ts';

describe('what a row tells of a token’s end', () => {
  test('is the same from its few columns as from its record', () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const row = auditRow(record, 'i');
        const columns = Object.fromEntries(MORTAL_COLUMNS.map((name) => [name, row[name]]));
        expect(readMortalToken(columns)).toEqual(mortalTokenOf(record));
      }),
    );
  });

  test('names the service, the place and the key’s value of a service SAS', () => {
    expect(mortalTokenOf(someRecord({ policy: 'p' }))).toEqual({
      issuedAt: new Date('2026-11-22T15:00:00Z'),
      expiresAt: new Date('2026-11-22T15:15:00Z'),
      services: ['blob'],
      place: 'uploads',
      policy: 'p',
      signedWith: { keyId: '0123456789abcdef' },
    });
  });

  test('names every service of an account SAS, and no place', () => {
    const resource = { account: 'media', services: ['blob', 'queue'], resourceTypes: ['object'] } as const;
    const { services, place } = mortalTokenOf(someRecord({ kind: 'account', resource }));
    expect({ services, place }).toEqual({ services: ['blob', 'queue'], place: null });
  });

  test('names the start of a user delegation key', () => {
    const startsAt = new Date('2026-11-22T14:45:00Z');
    const delegationKey = { objectId: 'oid', startsAt, expiresAt: new Date('2026-11-22T16:00:00Z') };
    expect(mortalTokenOf(someRecord({ signedWith: { delegationKey } })).signedWith).toEqual({
      delegationKeyStartsAt: startsAt,
    });
  });

  test.each(['media/cosmos/x', 'media'])('cannot be read from a row of %s without known services', (path) => {
    const row = { ...auditRow(someRecord(), 'i'), resource: path, services: 'blob,cosmos' };
    expect(() => readMortalToken(row)).toThrow(expect.objectContaining({ code: 'internal' }));
  });
});
