import { beforeEach, describe, expect, test } from 'vitest';
import type { Deaths, OrderedDeath } from '../../shared/deaths/death.ts';
import { addSeconds } from '../../shared/iso-time.ts';

const start = new Date('2026-11-22T12:00:00.123Z');
const at = (seconds: number): Date => addSeconds(start, seconds);
const order = (seconds: number) => ({ at: at(seconds), by: 'local/otto', byName: 'Otto', reason: 'leaked' });
const deadline = new Date('2099-01-01T00:00:00Z');

const keyDeath: OrderedDeath = {
  id: 'key-0123456789abcdef',
  account: 'media',
  dead: { what: 'key', keyId: '0123456789abcdef' },
  order: order(20),
};
const policyDeath: OrderedDeath = {
  id: 'policy-aaaaaaaa',
  account: 'media',
  dead: { what: 'policy', service: 'blob', place: 'uploads', policy: 'weekly' },
  order: order(10),
};
const delegationDeath = (before: Date, seconds = 30): OrderedDeath => ({
  id: 'delegation-keys-aaaaaaaa',
  account: 'media',
  dead: { what: 'delegation-keys', before, settled: false },
  order: order(seconds),
});

export function deathsContract(name: string, open: () => Promise<Deaths>): void {
  describe(`deaths (${name})`, () => {
    let deaths: Deaths;
    const list = (account = 'media') => deaths.list(account, deadline);

    beforeEach(async () => {
      deaths = await open();
    });

    test('there are none at first', async () => {
      expect(await list()).toEqual([]);
    });

    test('each account’s deaths are listed as they were recorded, the oldest order first', async () => {
      await deaths.order(delegationDeath(at(40)), deadline);
      await deaths.order(keyDeath, deadline);
      await deaths.order(policyDeath, deadline);
      await deaths.order({ ...keyDeath, account: 'archive' }, deadline);
      const unproved = [policyDeath, keyDeath, delegationDeath(at(40))].map((one) => ({
        ...one,
        proof: null,
      }));
      expect(await list()).toEqual(unproved);
      expect(await list('archive')).toEqual([{ ...keyDeath, account: 'archive', proof: null }]);
    });

    test('the first order of a death stays', async () => {
      await deaths.order(keyDeath, deadline);
      await deaths.order({ ...keyDeath, order: { ...order(99), by: null } }, deadline);
      expect(await list()).toEqual([{ ...keyDeath, proof: null }]);
    });

    test('the instant before which delegation keys are dead only moves forward', async () => {
      await deaths.order(delegationDeath(at(40)), deadline);
      await deaths.order(delegationDeath(at(50), 99), deadline);
      await deaths.order(delegationDeath(at(45)), deadline);
      expect(await list()).toEqual([{ ...delegationDeath(at(50)), proof: null }]);
    });

    test('that instant is set back once the request was answered, unless a further try has moved it', async () => {
      expect(await deaths.order(delegationDeath(at(40)), deadline)).toBe(true);
      expect(await deaths.order(delegationDeath(at(60)), deadline)).toBe(true);
      await deaths.setBack(delegationDeath(at(60)), { from: at(40), to: at(34) }, deadline);
      expect(await list()).toEqual([{ ...delegationDeath(at(60)), proof: null }]);
      await deaths.setBack(delegationDeath(at(60)), { from: at(60), to: at(33) }, deadline);
      const dead = { what: 'delegation-keys', before: at(33), settled: true };
      expect(await list()).toEqual([{ ...delegationDeath(at(60)), dead, proof: null }]);
    });

    test('an order that was answered is settled: it moves no more, also once it is proved', async () => {
      await deaths.order(delegationDeath(at(40)), deadline);
      await deaths.setBack(delegationDeath(at(40)), { from: at(40), to: at(33) }, deadline);
      expect(await deaths.order(delegationDeath(at(90)), deadline)).toBe(false);
      await deaths.prove(delegationDeath(at(40)), { at: at(60), refused: true, on: ['blob'] }, deadline);
      expect(await deaths.order(delegationDeath(at(90)), deadline)).toBe(false);
      expect(await list()).toMatchObject([{ dead: { before: at(33), settled: true } }]);
    });

    test('only an instant before which delegation keys are dead can be set back', async () => {
      expect(await deaths.order(keyDeath, deadline)).toBe(true);
      expect(await deaths.order(keyDeath, deadline)).toBe(true);
      await deaths.setBack(keyDeath, { from: at(40), to: at(34) }, deadline);
      expect(await list()).toContainEqual({ ...keyDeath, proof: null });
    });

    test('a refusal stays, and further services are added to it', async () => {
      await deaths.order(keyDeath, deadline);
      const refused = { at: at(60), refused: true, on: ['blob' as const] };
      await deaths.prove(keyDeath, { ...refused, refused: false }, deadline);
      expect(await list()).toMatchObject([{ proof: { refused: false } }]);
      await deaths.prove(keyDeath, refused, deadline);
      await deaths.prove(keyDeath, { at: at(70), refused: false, on: ['table'] }, deadline);
      expect(await list()).toMatchObject([{ proof: refused }]);
      await deaths.prove(keyDeath, { at: at(80), refused: true, on: ['blob', 'queue'] }, deadline);
      expect(await list()).toMatchObject([{ proof: { at: at(80), refused: true, on: ['blob', 'queue'] } }]);
    });

    test('a death that nobody recorded cannot be proved', async () => {
      await deaths.prove(keyDeath, { at: at(60), refused: true, on: ['blob'] }, deadline);
      expect(await list()).toEqual([]);
    });

    test('a withdrawn order is no longer listed, and a later one is', async () => {
      await deaths.order(delegationDeath(at(40)), deadline);
      await deaths.withdraw(delegationDeath(at(40)), deadline);
      expect(await list()).toEqual([]);
      const later = { ...delegationDeath(at(90)), id: 'delegation-keys-bbbbbbbb' };
      await deaths.order(later, deadline);
      expect(await list()).toEqual([{ ...later, proof: null }]);
    });

    test('a withdrawn order that is sent again is listed again', async () => {
      await deaths.order(delegationDeath(at(40)), deadline);
      await deaths.withdraw(delegationDeath(at(40)), deadline);
      await deaths.order(delegationDeath(at(50)), deadline);
      expect(await list()).toEqual([{ ...delegationDeath(at(50)), proof: null }]);
    });

    test('orders and proofs at the same moment are all kept', async () => {
      await Promise.all([deaths.order(keyDeath, deadline), deaths.order(keyDeath, deadline)]);
      await Promise.all([
        deaths.prove(keyDeath, { at: at(60), refused: true, on: ['blob'] }, deadline),
        deaths.prove(keyDeath, { at: at(61), refused: true, on: ['table'] }, deadline),
      ]);
      const [one] = await list();
      expect([...(one?.proof?.on ?? [])].sort()).toEqual(['blob', 'table']);
    });
  });
}
