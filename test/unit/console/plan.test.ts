import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { actBody, blockBody, isConfirmed, outcomeOfFailure } from '../../../console/src/plan/act.ts';
import { advance, type Journey, type Move, START } from '../../../console/src/plan/journey.ts';
import {
  confirmWord,
  killsText,
  leverButton,
  leverDone,
  leverEffect,
  leverTitle,
  leverUnderWay,
  leverWarning,
  type Plan,
  type PlannedLever,
  withinText,
} from '../../../console/src/plan/lever-words.ts';
import { operatorLink } from '../../../console/src/plan/operator-link.ts';
import { parametersOf, type Target, targetOf, targetText } from '../../../console/src/plan/target.ts';
import { LEVERS } from '../../../shared/revocation/lever.ts';

const HASH = 'a'.repeat(64);
const caller = (name: string, tokens: number) => ({
  issuer: 'local',
  subject: name,
  name,
  tokens,
  latestExpiry: '2026-11-27T15:59:00Z',
});

function lever(parts: Partial<PlannedLever> = {}): PlannedLever {
  return {
    planHash: HASH,
    lever: 'regenerate-key',
    on: { account: 'media', key: 'key1' },
    kills: {
      tokens: 1,
      besides: 142,
      callers: [caller('a', 96), caller('b', 31), caller('c', 16)],
      latestExpiry: null,
    },
    actsWithin: 'PT20S',
    command: 'az …',
    byHand: false,
    ...parts,
  };
}

function plan(parts: Partial<Plan> = {}): Plan {
  return {
    asOf: '2026-11-27T15:05:00Z',
    planHash: HASH,
    target: { token: 'id' },
    tokens: 1,
    callers: [caller('a', 1)],
    levers: [lever()],
    wait: 'PT41M',
    keys: [],
    block: { possible: true, callers: 1, active: 0 },
    scannedAll: true,
    notes: [],
    ...parts,
  };
}

const kills = (tokens: number, besides: number) => lever({ kills: { ...lever().kills, tokens, besides } });

describe('a target', () => {
  const TARGETS: Target[] = [
    { token: '3-2026112715-9c41' },
    { caller: { issuer: 'local', subject: '0c0ffee0-0000-4000-9000-000000000001' } },
    { grant: 'photo-upload' },
    { account: 'media', service: 'blob', container: 'uploads' },
    { account: 'media' },
    { account: 'media', key: 'both' },
  ];

  it.each(TARGETS)('goes into the address and back: %j', (target) => {
    expect(targetOf(parametersOf(target))).toEqual(target);
    expect(targetText(target)).not.toContain('undefined');
  });

  it('has a link for an operator, with ids and names only', () => {
    const page = 'https://broker.example/api/console/?x=1#/lookup';
    for (const target of TARGETS)
      expect(operatorLink(target, page)).toMatch(
        /^https:\/\/broker\.example\/api\/console\/#\/plan\?[\w=&.:@-]+$/,
      );
    expect(operatorLink({ token: 'sv=1&sig=abc' }, page)).toBeNull();
    expect(operatorLink({ account: 'media', service: 'blob', container: '$root' }, page)).toBeNull();
  });

  it.each([
    {},
    { token: 'a', account: 'media' },
    { issuer: 'local' },
    { account: 'media', key: 'key3' },
    { account: 'media', service: 'blob' },
    { account: 'media', service: 'disk', container: 'x' },
  ])('is none in %j', (parameters) => expect(targetOf(parameters)).toBeNull());
});

describe('a lever', () => {
  it.each(LEVERS)('has words for all of %s', (name) => {
    const one = lever({
      lever: name,
      on: { account: 'media', key: 'key1', service: 'blob', container: 'c', policy: 'nightly' },
    });
    const words = [
      leverTitle(one),
      leverEffect(one),
      leverButton(one),
      confirmWord(one),
      leverWarning(plan(), one).rest,
    ];
    for (const text of words) expect(text).toMatch(/^(?!.*(?:undefined|null)).{2,}$/);
  });

  it('says what it ends and what it leaves', () => {
    expect(leverTitle(lever())).toBe('Regenerate key1 of media');
    expect(leverEffect(lever())).toContain('key2 and user delegation SAS stay');
    expect(leverTitle(lever({ on: { account: 'media', key: 'both' } }))).toBe(
      'Regenerate both keys of media',
    );
    expect(withinText(lever())).toBe('within 20 s');
    expect(withinText(lever({ actsWithin: 'PT0S' }))).toBe('at once');
    expect(withinText(lever({ byHand: true, actsWithin: 'PT0S' }))).toBe('by hand');
  });

  it.each([
    ['this one and 142 others', plan(), kills(1, 142)],
    ['this one and 1 other', plan(), kills(1, 1)],
    ['only this one', plan(), kills(1, 0)],
    ['no live token', plan(), kills(0, 0)],
    ['143 tokens', plan({ target: { account: 'media', key: 'key1' }, tokens: 143 }), kills(143, 0)],
    ['1 token', plan({ target: { grant: 'g' }, tokens: 1 }), kills(1, 0)],
    ['12 of 31 and 5 others', plan({ target: { grant: 'g' }, tokens: 31 }), kills(12, 5)],
    [
      'at least 143 tokens',
      plan({ target: { account: 'm', key: 'key1' }, tokens: 143, scannedAll: false }),
      kills(143, 0),
    ],
    ['at least this one and 2 others', plan({ scannedAll: false }), kills(1, 2)],
    ['none found yet', plan({ scannedAll: false }), kills(0, 0)],
  ])('ends %s', (text, of, one) => expect(killsText(of, one)).toBe(text));

  it('is told of while it works and once it has', () => {
    expect(leverUnderWay(lever())).toBe('key1 of media is being replaced');
    expect(leverDone(lever())).toBe('key1 of media was replaced');
    const both = lever({ on: { account: 'media', key: 'both' } });
    expect(leverDone(both)).toBe('Both keys of media were replaced');
    for (const name of LEVERS) expect(leverDone(lever({ lever: name }))).toMatch(/ (?:was|were) /);
  });

  it('is confirmed with its numbers, here and elsewhere', () => {
    expect(leverWarning(plan(), lever())).toEqual({
      lead: '143 live tokens of 3 callers',
      rest: ' stop working within about 20 s, and so does every application elsewhere that holds key1. It can’t be undone.',
    });
    expect(leverWarning(plan({ scannedAll: false }), lever()).lead).toBe(
      'At least 143 live tokens of 3 callers',
    );
  });

  it.each([
    ['media/key1', lever()],
    ['media/both', lever({ on: { account: 'media', key: 'both' } })],
    ['media', lever({ lever: 'revoke-delegation-keys', on: { account: 'media' } })],
    ['nightly', lever({ lever: 'delete-policy', on: { account: 'media', policy: 'nightly' } })],
  ])('is confirmed by typing %s', (word, one) => expect(confirmWord(one)).toBe(word));
});

describe('a confirmation', () => {
  const given = { reason: 'Incident 4711', typed: 'media/key1', block: false };

  it('needs a reason and the exact word', () => {
    expect(isConfirmed(given, 'media/key1')).toBe(true);
    for (const typed of ['', 'media/key', 'media/key2', 'Media/key1', 'media/key1 '])
      expect(isConfirmed({ ...given, typed }, 'media/key1')).toBe(false);
    for (const reason of ['', '   ', 'x'.repeat(257)])
      expect(isConfirmed({ ...given, reason }, 'media/key1')).toBe(false);
  });

  it('sends the hash of the lever that was shown, and never force', () => {
    expect(actBody(plan(), lever(), { ...given, reason: ' Incident 4711 ' })).toEqual({
      target: { token: 'id' },
      lever: 'regenerate-key',
      planHash: HASH,
      plannedAt: '2026-11-27T15:05:00Z',
      reason: 'Incident 4711',
      dryRun: false,
    });
    expect(actBody(plan(), lever(), { ...given, block: true })).toMatchObject({ block: true });
  });
});

describe('a block', () => {
  const caller = { issuer: 'local', subject: 'a' };

  it('lasts some hours, or until it is lifted', () => {
    expect(blockBody(caller, { reason: ' leak ' }, null, 0)).toEqual({ ...caller, reason: 'leak' });
    expect(blockBody(caller, { reason: 'leak' }, 24, 0)).toEqual({
      ...caller,
      reason: 'leak',
      until: '1970-01-02T00:00:00Z',
    });
  });
});

describe('an act that failed', () => {
  const failure = (status: number, parts = {}) => ({
    status,
    code: 'x',
    detail: 'd',
    requestId: null,
    ...parts,
  });

  it.each([
    ['by-hand', failure(409, { command: 'az storage …' })],
    ['changed', failure(409)],
    ['changed', failure(409, { command: null })],
    ['forbidden', failure(403)],
    ['refused', failure(400)],
    ['refused', failure(404)],
    ['refused', failure(429)],
    ['unknown', failure(503)],
    ['unknown', failure(500)],
    ['unknown', failure(504)],
    ['unknown', failure(408)],
    ['unknown', null],
  ])('is %s', (is, of) => expect(outcomeOfFailure(of).is).toBe(is));
});

describe('the way from a plan to its end', () => {
  const moves = fc.oneof(
    fc.constantFrom('wait', 'block', HASH).map((choice): Move => ({ move: 'choose', choice })),
    fc
      .constantFrom(...(['ask', 'cancel', 'act', 'blocked', 'read-again'] as const))
      .map((move): Move => ({ move })),
    fc.constant<Move>({ move: 'answer', outcome: { is: 'unknown', failure: null } }),
  );

  it('starts with nothing but waiting', () => {
    expect(START).toEqual({ step: 'choosing', choice: 'wait' });
    expect(advance(START, { move: 'ask' })).toBe(START);
  });

  it('acts only after a choice and a question, once, and shows its answer until a new plan is read', () => {
    const steps: Move[] = [{ move: 'choose', choice: HASH }, { move: 'ask' }, { move: 'act' }];
    const acting = steps.reduce(advance, START);
    expect(acting).toEqual({ step: 'acting', choice: HASH });
    expect(advance(acting, { move: 'act' })).toBe(acting);
    expect(advance(acting, { move: 'cancel' })).toBe(acting);
    expect(advance(acting, { move: 'choose', choice: 'wait' })).toBe(acting);
    const answered = advance(acting, { move: 'answer', outcome: { is: 'unknown', failure: null } });
    for (const move of ['ask', 'act', 'cancel'] as const) expect(advance(answered, { move })).toBe(answered);
    expect(advance(answered, { move: 'read-again' })).toBe(START);
  });

  it('never acts but from a confirmation, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(moves, { maxLength: 30 }), (all) => {
        let journey: Journey = START;
        for (const move of all) {
          const next = advance(journey, move);
          if (next.step === 'acting' && next !== journey)
            expect([journey.step, journey.choice]).toEqual(['confirming', next.choice]);
          if (next.step === 'confirming') expect(next.choice).not.toBe('wait');
          journey = next;
        }
      }),
    );
  });
});
