import { describe, expect, it } from 'vitest';
import type { Plan, PlannedLever } from '../../../console/src/plan/lever-words.ts';
import { deathsOf, type Ended, type OrderedBy, type Rotation } from '../../../console/src/watch/deaths.ts';
import { endingBadge, proofText } from '../../../console/src/watch/proof-words.ts';
import { type Proof, proofOf, type Watched } from '../../../console/src/watch/proof.ts';
import { pollAfter, watchSteps } from '../../../console/src/watch/steps.ts';

const BY = 'local/otto';
const SINCE = '2026-11-27T15:05:00Z';
const DEAD_BY = '2026-11-27T15:06:12Z';
const IN_TIME = Date.parse('2026-11-27T15:05:30Z');
const LATE = Date.parse('2026-11-27T15:06:13Z');

const KEY: OrderedBy['lever'] = { lever: 'regenerate-key', on: { account: 'media', key: 'key1' } };
const BOTH: OrderedBy['lever'] = { lever: 'regenerate-key', on: { account: 'media', key: 'both' } };
const DELEGATION: OrderedBy['lever'] = { lever: 'revoke-delegation-keys', on: { account: 'media' } };
const POLICY: OrderedBy['lever'] = {
  lever: 'delete-policy',
  on: { account: 'media', service: 'blob', container: 'photos', policy: 'nightly' },
};

function death(parts: Partial<Ended> = {}): Ended {
  return {
    what: 'key',
    keyId: 'a91f',
    policy: null,
    place: null,
    orderedAt: '2026-11-27T15:05:02Z',
    by: BY,
    proved: null,
    provedAt: null,
    provedOn: [],
    ...parts,
  };
}
const proved = (parts: Partial<Ended> = {}) =>
  death({ proved: true, provedAt: '2026-11-27T15:06:20Z', provedOn: ['blob', 'queue', 'table'], ...parts });

function rotation(parts: Partial<Rotation> = {}): Rotation {
  return {
    account: 'media',
    phase: 'preparing',
    activeKey: 'key1',
    keys: [
      { name: 'key1', createdAt: '2026-10-01T00:00:00Z', liveTokens: null },
      { name: 'key2', createdAt: '2026-11-01T00:00:00Z', liveTokens: null },
    ],
    nextDueAt: null,
    drainingUntil: null,
    overdue: false,
    lastOutcome: null,
    lastError: null,
    ended: [],
    ...parts,
  };
}

function watched(ended: Ended[] | null, parts: Partial<Watched> = {}): Watched {
  return {
    order: { lever: KEY, by: BY, since: SINCE },
    reply: { deadBy: DEAD_BY, proved: null, provedOn: [] },
    repliedAt: '2026-11-27T15:05:04Z',
    rotation: rotation({ ended }),
    services: [],
    ...parts,
  };
}

describe('what an order ended', () => {
  const of = (lever: OrderedBy['lever'], ended: Ended[]) => deathsOf({ lever, by: BY, since: SINCE }, ended);

  it('is what this operator ordered since the plan was read', () => {
    expect(of(KEY, [death()])).toHaveLength(1);
    expect(of(KEY, [death({ by: null })])).toEqual([]);
    expect(of(KEY, [death({ by: 'local/olga' })])).toEqual([]);
    expect(of(KEY, [death({ orderedAt: '2026-11-27T15:04:59Z' })])).toEqual([]);
    expect(deathsOf({ lever: KEY, by: BY, since: SINCE }, null)).toEqual([]);
  });

  it('is of the kind that the lever ends', () => {
    expect(of(DELEGATION, [death(), death({ what: 'delegation-keys' })])).toHaveLength(1);
    const policy = death({ what: 'policy', policy: 'nightly', place: 'blob/photos' });
    const others = [death({ ...policy, policy: 'weekly' }), death({ ...policy, place: 'blob/other' })];
    expect(of(POLICY, [...others, policy])).toEqual([policy]);
    expect(of(BOTH, [death(), death({ keyId: 'b' }), death({ keyId: 'c' })])).toHaveLength(2);
    expect(of({ lever: 'remove-role', on: { account: 'media' } }, [death()])).toEqual([]);
  });
});

describe('the proof', () => {
  it('is what the account’s state says', () => {
    expect(proofOf(watched([proved()]), IN_TIME)).toEqual({
      is: 'proved',
      at: '2026-11-27T15:06:20Z',
      on: ['blob', 'queue', 'table'],
    });
    expect(proofOf(watched([death({ proved: false })]), IN_TIME)).toEqual({ is: 'accepted' });
    expect(proofOf(watched([death()]), IN_TIME)).toEqual({ is: 'untried', late: false });
    expect(proofOf(watched([death()]), LATE)).toEqual({ is: 'untried', late: true });
    expect(proofOf(watched(null), IN_TIME)).toEqual({ is: 'untried', late: false });
  });

  it('is never that of another order', () => {
    const others = [
      proved({ by: null }),
      proved({ orderedAt: '2026-11-27T15:00:00Z' }),
      proved({ what: 'delegation-keys' }),
    ];
    expect(proofOf(watched(others), IN_TIME).is).toBe('untried');
  });

  it('is what the reply said while the state says nothing', () => {
    const reply = { deadBy: DEAD_BY, proved: true, provedOn: ['blob' as const] };
    expect(proofOf(watched(null, { reply }), IN_TIME)).toEqual({
      is: 'proved',
      at: '2026-11-27T15:05:04Z',
      on: ['blob'],
    });
    expect(proofOf(watched([], { reply: { ...reply, proved: false } }), IN_TIME).is).toBe('accepted');
    expect(proofOf(watched([death({ proved: false })], { reply }), IN_TIME).is).toBe('accepted');
  });

  it('of both keys needs both, on the services that answered for both', () => {
    const order = { lever: BOTH, by: BY, since: SINCE };
    expect(proofOf(watched([proved()], { order }), IN_TIME).is).toBe('untried');
    expect(proofOf(watched([proved(), death()], { order }), IN_TIME).is).toBe('untried');
    const second = proved({ keyId: 'b', provedAt: '2026-11-27T15:06:30Z', provedOn: ['blob'] });
    expect(proofOf(watched([proved(), second], { order }), IN_TIME)).toEqual({
      is: 'proved',
      at: '2026-11-27T15:06:30Z',
      on: ['blob'],
    });
  });

  it('of one token needs an answer of its service', () => {
    expect(proofOf(watched([proved()], { services: ['blob'] }), IN_TIME).is).toBe('proved');
    expect(proofOf(watched([proved()], { services: ['file'] }), IN_TIME)).toEqual({
      is: 'elsewhere',
      on: ['blob', 'queue', 'table'],
    });
    const policy = proved({ what: 'policy', policy: 'nightly', place: 'blob/photos', provedOn: [] });
    const order = { lever: POLICY, by: BY, since: SINCE };
    expect(proofOf(watched([policy], { order, services: ['blob'] }), IN_TIME).is).toBe('proved');
  });
});

describe('the badge', () => {
  const NOT_PROVED: Proof[] = [
    { is: 'accepted' },
    { is: 'elsewhere', on: ['blob'] },
    { is: 'untried', late: false },
    { is: 'untried', late: true },
  ];

  it('says dead once it is proved', () => {
    const proof: Proof = { is: 'proved', at: '2026-11-27T15:06:20Z', on: [] };
    expect(endingBadge(proof, 'utc')).toBe('dead, proved 15:06:20 UTC');
    expect(proofText(proof)).toBeNull();
  });

  it.each(NOT_PROVED)('says so nowhere before: %j', (proof) => {
    expect(endingBadge(proof, 'utc')).toBe('ending · not proved dead yet');
    expect(proofText(proof) ?? '').not.toMatch(/dead/);
  });

  it('says what the proof lacks', () => {
    expect(proofText({ is: 'accepted' })).toBe('Storage still took it. Look again in a minute.');
    expect(proofText({ is: 'untried', late: false })).toBeNull();
    expect(proofText({ is: 'untried', late: true })).toContain('Not tried');
  });
});

describe('the steps', () => {
  const keys: Plan['keys'] = [
    { name: 'key1', createdAt: '2026-10-01T00:00:00Z', signs: true },
    { name: 'key2', createdAt: '2026-11-01T00:00:00Z', signs: false },
  ];
  const untried: Proof = { is: 'untried', late: false };
  const newKey1 = [
    { name: 'key1' as const, createdAt: '2026-11-27T15:05:10Z', liveTokens: null },
    { name: 'key2' as const, createdAt: '2026-11-27T15:05:04Z', liveTokens: null },
  ];
  const done = (
    state: Rotation,
    parts: {
      lever?: Pick<PlannedLever, 'lever' | 'on'>;
      replied?: 'running' | 'done';
      proof?: Proof;
      keys?: Plan['keys'];
    } = {},
  ) =>
    watchSteps({
      plan: { keys: parts.keys ?? keys },
      lever: parts.lever ?? KEY,
      reply: { state: parts.replied ?? 'running' },
      rotation: state,
      proof: parts.proof ?? untried,
    }).map((step) => `${step.id}${step.done ? ' ✓' : ''}`);

  it.each([
    ['preparing', rotation(), ['ordered ✓', 'standby', 'published', 'ended', 'tried']],
    ['settling', rotation({ phase: 'settling' }), ['ordered ✓', 'standby', 'published', 'ended', 'tried']],
    [
      'publishing',
      rotation({ phase: 'publishing' }),
      ['ordered ✓', 'standby ✓', 'published', 'ended', 'tried'],
    ],
    [
      'published',
      rotation({ phase: 'retiring', activeKey: 'key2' }),
      ['ordered ✓', 'standby ✓', 'published ✓', 'ended', 'tried'],
    ],
    [
      'regenerated',
      rotation({ phase: 'steady', activeKey: 'key2', keys: newKey1 }),
      ['ordered ✓', 'standby ✓', 'published ✓', 'ended ✓', 'tried'],
    ],
  ])('follow the rotation: %s', (_phase, state, expected) => expect(done(state)).toEqual(expected));

  it('are all done once it is proved', () => {
    const proof: Proof = { is: 'proved', at: SINCE, on: [] };
    expect(done(rotation(), { proof }).every((step) => step.endsWith('✓'))).toBe(true);
  });

  it('are fewer if the key does not sign', () => {
    const standby = keys.map((key) => ({ ...key, signs: !key.signs }));
    expect(done(rotation({ activeKey: 'key2' }), { keys: standby })).toEqual(['ordered ✓', 'ended', 'tried']);
  });

  it('of other levers follow the reply', () => {
    for (const lever of [DELEGATION, POLICY]) {
      expect(done(rotation(), { lever })).toEqual(['ordered ✓', 'ended', 'tried']);
      expect(done(rotation(), { lever, replied: 'done' })).toEqual(['ordered ✓', 'ended ✓', 'tried']);
    }
  });

  it('are read often at first, then less, and not once it is proved', () => {
    expect(pollAfter(untried, 'preparing', 0)).toBe(2000);
    expect(pollAfter(untried, 'preparing', 120_000)).toBe(5000);
    expect(pollAfter(untried, 'draining', 120_000)).toBe(30_000);
    expect(pollAfter({ is: 'proved', at: SINCE, on: [] }, 'steady', 0)).toBe(false);
  });
});
