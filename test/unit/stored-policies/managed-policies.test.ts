import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { confirmPolicy } from '../../../shared/issuing/token-policy.ts';
import { ensureManagedPolicy } from '../../../shared/stored-policies/managed-policies.ts';
import { ledgerKey } from '../../../shared/stored-policies/policy-ledger.ts';
import { isManagedId, type PolicyPlace } from '../../../shared/stored-policies/stored-policy.ts';
import { sweepPolicies } from '../../../shared/stored-policies/sweep-policies.ts';
import { account } from '../../fakes/configuration.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { deleteBy, memoryPolicyKeeper, storedPolicy } from '../../fakes/memory-stored-policies.ts';

const media = account();
const place: PolicyPlace = { account: media, service: 'blob', name: 'photos' };
const accounts = new Map([['media', media]]);
const closed = new Map([['media', account({ allowSharedKeyAccess: false })]]);

function setUp() {
  const audit = memoryAuditLog();
  let now = new Date('2026-11-22T12:00:00Z');
  const keeper = memoryPolicyKeeper(audit, () => now);
  keeper.policies.make(place);
  const deadline = () => addSeconds(now, 5);
  const logged: string[] = [];
  return {
    keeper,
    audit,
    logged,
    deadline,
    now: () => now,
    ids: () => keeper.policies.lists.get('media/blob/photos')!.policies.map(({ id }) => id),
    managed: (grant = 'g', permissions = 'rl') =>
      ensureManagedPolicy(keeper, place, { grant, permissions }, deadline()),
    sweep: (known = accounts) =>
      sweepPolicies(keeper, known, 5, (event, fields) => logged.push(JSON.stringify({ event, ...fields }))),
    pass: (seconds: number) => (now = addSeconds(now, seconds)),
  };
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof BrokerError ? error.code : String(error)),
  );

it('a managed policy of an account that no longer allows shared keys is left alone', async () => {
  const { managed, sweep, pass, ids, logged, keeper } = setUp();
  await managed();
  pass(3600);
  keeper.policies.failing = 'read';
  await sweep(closed);
  expect([ids().length, logged]).toEqual([1, []]);
  keeper.policies.failing = null;
  await sweep();
  expect(ids()).toEqual([]);
});

describe('a managed policy', () => {
  it('sets the letters and no expiry, under an id of the form reserved for the broker', async () => {
    const policy = await setUp().managed();
    expect(policy).toEqual(storedPolicy({ id: policy.id, permissions: 'rl', managed: true }));
    expect(isManagedId(policy.id)).toBe(true);
  });

  it('is created once per grant, place and set of letters, however many ask at once', async () => {
    const { keeper, managed, ids, audit } = setUp();
    const made = await Promise.all(Array.from({ length: 50 }, () => managed()));
    expect(new Set(made.map(({ id }) => id)).size).toBe(1);
    const [other, letters] = await Promise.all([managed('h'), managed('g', 'r')]);
    expect(ids().sort()).toEqual([made[0]!.id, other.id, letters.id].sort());
    expect(audit.events).toHaveLength(3);
    expect(keeper.policies.replacements).toBeLessThanOrEqual(3);
  });

  it('is in the ledger before it is in storage', async () => {
    const { keeper, managed } = setUp();
    keeper.policies.failing = 'lose';
    expect(await codeOf(managed())).toBe('storage_unavailable');
    const { ledger } = keeper.ledgers.rows.get(ledgerKey(place))!;
    expect(ledger.managed).toHaveLength(1);
  });

  it('is added to the ledger beside the existing ones', async () => {
    const { keeper, managed } = setUp();
    const { id } = await managed();
    keeper.policies.failing = 'replace';
    expect(await codeOf(managed('h'))).toBe('storage_unavailable');
    const { ledger } = keeper.ledgers.rows.get(ledgerKey(place))!;
    expect(ledger.managed.map(({ id: known, grant }) => [known === id, grant])).toEqual([
      [true, 'g'],
      [false, 'h'],
    ]);
  });

  it.each([{ startsAt: new Date('2027-01-01') }, { expiresAt: new Date('2027-01-01') }])(
    'is not used again if something outside the broker gave it %j',
    async (change) => {
      const { keeper, managed, ids } = setUp();
      const first = await managed();
      keeper.policies.make(place, { policies: [{ ...first, ...change }] });
      const second = await managed();
      expect(second.id).not.toBe(first.id);
      expect(ids()).toEqual([first.id, second.id]);
    },
  );

  it('is created once if something outside the broker overwrites it in the meantime', async () => {
    const { keeper, managed, ids, now } = setUp();
    let writesLeft = 1;
    keeper.policies.afterReplace = () => {
      if ((writesLeft -= 1) >= 0) keeper.policies.make(place, { policies: [storedPolicy({ id: 'portal' })] });
    };
    const { id } = await managed();
    expect(ids()).toEqual(['portal', id]);
    const { ledger } = keeper.ledgers.rows.get(ledgerKey(place))!;
    expect(ledger.managed.map((one) => one.id)).toEqual([id]);
    expect(ledger.changed).toEqual([{ id, at: now() }]);
  });

  it('is not used again, nor its id, once it was deleted or changed', async () => {
    const { keeper, managed, deadline, ids } = setUp();
    const first = await managed();
    await keeper.changes.apply(place, deleteBy('local/otto', first.id), deadline());
    const second = await managed();
    keeper.policies.make(place, { policies: [{ ...second, permissions: 'racwdl' }] });
    const third = await managed();
    expect(new Set([first.id, second.id, third.id]).size).toBe(3);
    expect(ids()).toEqual([second.id, third.id]);
    keeper.policies.make(place, { policies: [third] });
    const other = await managed('h');
    const [known] = await keeper.ledgers.withManaged();
    expect(known?.managed.map(({ id }) => id)).toEqual([third.id, other.id]);
  });

  it('finds no slot if five are in use, and the conflict does not say which policies use them', async () => {
    const { managed, ids } = setUp();
    for (const grant of ['a', 'b', 'c', 'd', 'e']) await managed(grant);
    const refusal = managed('f');
    await expect(refusal).rejects.toMatchObject({
      code: 'conflict',
      message:
        'No slot for a stored access policy is free here, so the token cannot be revocable. Try again later, or ask an operator to free a slot.',
      members: {},
      errors: [],
    });
    expect(ids()).toHaveLength(5);
    await managed('e');
  });

  it('gets the slot of a managed policy without live tokens', async () => {
    const { keeper, managed, ids, pass, now } = setUp();
    const made = [];
    for (const grant of ['a', 'b', 'c', 'd', 'e']) made.push(await managed(grant));
    for (const { id } of made.slice(1)) keeper.uses.add(place, id, addSeconds(now(), 3600));
    pass(200);
    const next = await managed('f');
    expect(ids()).toEqual([...made.slice(1).map(({ id }) => id), next.id]);
  });
});

describe('the sweep', () => {
  it('removes what no live token uses, keeps the rest, and records it', async () => {
    const { keeper, managed, ids, sweep, pass, now, audit, logged } = setUp();
    keeper.policies.make(place, { policies: [storedPolicy({ id: 'own' })], publicAccess: 'container' });
    const [used, idle] = [await managed('used'), await managed('idle')];
    keeper.uses.add(place, used.id, addSeconds(now(), 3600));
    await sweep();
    expect(ids()).toEqual(['own', used.id, idle.id]);
    pass(300);
    await sweep();
    expect(ids()).toEqual(['own', used.id]);
    expect(keeper.policies.lists.get('media/blob/photos')?.publicAccess).toBe('container');
    expect(audit.events.at(-1)).toMatchObject({ type: 'policy-deleted', actor: 'policy-sweep' });
    pass(3600);
    await sweep();
    expect(ids()).toEqual(['own']);
    expect((await keeper.ledgers.withManaged()).length).toBe(0);
    expect(logged).toEqual([]);
  });

  it('never touches managed policies of another broker', async () => {
    const { keeper, ids, sweep, pass } = setUp();
    keeper.policies.make(place, {
      policies: [storedPolicy({ id: 'sb-zzzzzzzzzzzzzzzz', permissions: 'r' })],
    });
    pass(100_000);
    await sweep();
    expect(ids()).toEqual(['sb-zzzzzzzzzzzzzzzz']);
  });

  it('goes on after a place that fails', async () => {
    const { keeper, managed, ids, sweep, pass, logged, deadline } = setUp();
    const other = { ...place, name: 'other' };
    keeper.policies.make(other);
    await ensureManagedPolicy(keeper, other, { grant: 'g', permissions: 'r' }, deadline());
    await managed();
    const read = keeper.policies.read.bind(keeper.policies);
    keeper.policies.read = async (asked) => {
      if (asked.name === 'other') throw new BrokerError('storage_unavailable', 'Told to fail.');
      return read(asked);
    };
    pass(300);
    await sweep();
    expect(ids()).toEqual([]);
    expect(logged).toHaveLength(1);
  });

  it('forgets a place that no longer exists', async () => {
    const { keeper, managed, sweep, pass, logged } = setUp();
    await managed();
    pass(300);
    keeper.policies.lists.delete('media/blob/photos');
    await sweep();
    expect(await keeper.ledgers.withManaged()).toEqual([]);
    expect(logged).toEqual([]);
    keeper.policies.make(place);
    const again = await managed();
    expect((await keeper.ledgers.withManaged())[0]?.managed.map(({ id }) => id)).toEqual([again.id]);
  });

  it('forgets nothing while someone holds the lease: their new policy may be only in the ledger', async () => {
    const { keeper, managed, sweep, pass } = setUp();
    const { id } = await managed();
    pass(300);
    const key = ledgerKey(place);
    const { ledger, etag } = keeper.ledgers.rows.get(key)!;
    keeper.policies.lists.delete('media/blob/photos');
    const read = keeper.policies.read.bind(keeper.policies);
    let reads = 0;
    keeper.policies.read = (asked) => {
      // The sweep's own change found no place and released its lease. Now another host creates the place and takes the lease.
      const lease = { holder: 'other', durationSeconds: 20, blockedPolicies: [] };
      if ((reads += 1) === 1)
        setImmediate(() => keeper.ledgers.rows.set(key, { ledger: { ...ledger, lease }, etag: etag + 'x' }));
      return read(asked);
    };
    await sweep();
    expect(keeper.ledgers.rows.get(key)!.ledger.managed.map((one) => one.id)).toEqual([id]);
  });

  it('forgets nothing of a place that exists again', async () => {
    const { keeper, managed, sweep, pass, ids } = setUp();
    const { id } = await managed();
    pass(300);
    const read = keeper.policies.read.bind(keeper.policies);
    keeper.policies.read = () => {
      keeper.policies.read = read;
      return Promise.reject(new BrokerError('not_found', 'There is no such place.'));
    };
    await sweep();
    expect((await keeper.ledgers.withManaged())[0]?.managed.map((one) => one.id)).toEqual([id]);
    await sweep();
    expect(ids()).toEqual([]);
  });

  it('sees a token that is recorded after its first look', async () => {
    const { keeper, managed, sweep, pass, now, deadline, ids } = setUp();
    const policy = await managed();
    pass(300);
    let late = false;
    const find = keeper.uses.find.bind(keeper.uses);
    keeper.uses.find = async (...question) => {
      const found = await find(...question);
      // Just after the first look, before the lease is taken.
      if (!late) keeper.uses.add(place, policy.id, addSeconds(now(), 60));
      late = true;
      return found;
    };
    await sweep();
    expect(ids()).toEqual([policy.id]);
    expect(await codeOf(confirmPolicy(keeper, { place, policy }, deadline()))).toBe('none');
  });
});
