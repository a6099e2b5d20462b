import { describe, expect, it } from 'vitest';
import type { Plan, PlannedLever } from '../../../console/src/plan/lever-words.ts';
import { deathsOf, type Ended, givenOrder, type Rotation } from '../../../console/src/watch/deaths.ts';
import { endingBadge, proofText } from '../../../console/src/watch/proof-words.ts';
import { type Proof, proofOf, type Watched } from '../../../console/src/watch/proof.ts';
import { pollAfter, watchSteps } from '../../../console/src/watch/steps.ts';

const BY = 'local/otto';
const SINCE = '2026-11-27T15:05:00Z';
const DEAD_BY = '2026-11-27T15:06:12Z';
const IN_TIME = Date.parse('2026-11-27T15:05:30Z');
const LATE = Date.parse('2026-11-27T15:06:13Z');

type Lever = Pick<PlannedLever, 'lever' | 'on'>;
const KEY: Lever = { lever: 'regenerate-key', on: { account: 'media', key: 'key1' } };
const DELEGATION: Lever = { lever: 'revoke-delegation-keys', on: { account: 'media' } };
const POLICY: Lever = {
  lever: 'delete-policy',
  on: { account: 'media', service: 'blob', container: 'photos', policy: 'nightly' },
};

function death(parts: Partial<Ended> = {}): Ended {
  return {
    id: 'key-a91f',
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

const REPLY = { deadBy: DEAD_BY, proved: null, provedOn: [], deaths: ['key-a91f'] };

function watched(ended: Ended[] | null, parts: Partial<Watched> = {}): Watched {
  return {
    lever: KEY,
    reply: REPLY,
    repliedAt: '2026-11-27T15:05:04Z',
    rotation: rotation({ ended }),
    services: [],
    ...parts,
  };
}

describe('what an order ended', () => {
  const of = (deaths: string[], ended: Ended[] | null) => deathsOf({ deaths }, ended);

  it('is what the reply names, whoever ordered it first and whenever', () => {
    const joined = death({ by: 'local/olga', orderedAt: '2026-11-27T14:00:00Z' });
    const late = death({ id: 'key-a91f-late' });
    expect(of(['key-a91f'], [late, joined])).toEqual([joined]);
    expect(of(['key-a91f', 'key-b'], [death({ id: 'key-b' }), late, death()])).toHaveLength(2);
  });

  it('is nothing while the state does not show it', () => {
    expect(of(['key-a91f'], null)).toEqual([]);
    expect(of(['key-a91f'], [death({ id: 'key-b' })])).toEqual([]);
    expect(of([], [death()])).toEqual([]);
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

  it('is that of the earlier order if this one joined it', () => {
    const joined = proved({ by: 'local/olga', orderedAt: '2026-11-27T14:00:00Z' });
    expect(proofOf(watched([joined]), IN_TIME)).toMatchObject({ is: 'proved', at: '2026-11-27T15:06:20Z' });
  });

  it('is never that of another order', () => {
    const others = [proved({ id: 'key-b' }), proved({ id: 'delegation-keys-x', what: 'delegation-keys' })];
    expect(proofOf(watched(others), IN_TIME).is).toBe('untried');
    const nothing = { reply: { ...REPLY, deaths: [] } };
    expect(proofOf(watched([proved()], nothing), IN_TIME).is).toBe('untried');
  });

  it('is what the reply said while the state says nothing', () => {
    const reply = { ...REPLY, proved: true, provedOn: ['blob' as const] };
    expect(proofOf(watched(null, { reply }), IN_TIME)).toEqual({
      is: 'proved',
      at: '2026-11-27T15:05:04Z',
      on: ['blob'],
    });
    expect(proofOf(watched([], { reply: { ...reply, proved: false } }), IN_TIME).is).toBe('accepted');
    expect(proofOf(watched([death({ proved: false })], { reply }), IN_TIME).is).toBe('accepted');
  });

  it('of both keys needs both, on the services that answered for both', () => {
    const both = { reply: { ...REPLY, deaths: ['key-a91f', 'key-b'] } };
    expect(proofOf(watched([proved()], both), IN_TIME).is).toBe('untried');
    expect(proofOf(watched([proved(), death({ id: 'key-b' })], both), IN_TIME).is).toBe('untried');
    const second = proved({ id: 'key-b', provedAt: '2026-11-27T15:06:30Z', provedOn: ['blob'] });
    expect(proofOf(watched([proved(), second], both), IN_TIME)).toEqual({
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
    expect(proofOf(watched([policy], { lever: POLICY, services: ['blob'] }), IN_TIME).is).toBe('proved');
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

describe('the order that is watched', () => {
  const replied = '2026-11-27T15:05:09Z';

  it('is told with its own time, which is before its reply and so before its proof', () => {
    expect(givenOrder([death()], BY, replied)).toEqual({ at: '2026-11-27T15:05:02Z', joined: null });
  });

  it('names the operator of an earlier order that it joined', () => {
    expect(givenOrder([death({ by: 'local/olga' })], BY, replied).joined).toBe('local/olga');
  });

  it('has the time of its reply until it is read', () => {
    expect(givenOrder([], BY, replied)).toEqual({ at: replied, joined: null });
  });
});
