/** Tests the machine alone, in any state and with any facts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KEY_NAMES } from '../../../shared/azure/services.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { nextStep } from '../../../shared/rotation/next-step.ts';
import { type Attempt, PHASES, type RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import type { Facts } from '../../../shared/rotation/rotation-step.ts';
import { longestDrainWaits } from '../../../shared/rotation/rotation-waits.ts';
import { standbyOf } from '../../../shared/rotation/standby.ts';
import { journalText } from '../../../shared/rotation/table-journal-text.ts';
import { propertyRuns } from '../../property-runs.ts';
import { at, contextWith, hash, NOW, waitsOf } from './machine-samples.ts';

const numRuns = propertyRuns({ quick: 10_000, full: 30_000 });
const WAITS = waitsOf({ overlap: 400, settle: 100, keyCache: 50, keyStaleMax: 100, clockSkew: 30 });
const context = contextWith({ waits: WAITS });

/** Makes plain objects, because a journal is compared with its parsed text. */
const record = <T extends object>(members: { [K in keyof T]: fc.Arbitrary<T[K]> }) =>
  fc.record(members, { noNullPrototype: true }) as fc.Arbitrary<T>;

const instant = fc.integer({ min: -600, max: 600 }).map(at);
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const perhaps = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const key = fc.constantFrom(...KEY_NAMES);
const hashes = record({
  key1: fc.constantFrom(hash('1'), hash('2')),
  key2: fc.constantFrom(hash('2'), hash('3')),
});
const times = record({ key1: fc.constantFrom(null, at(-9)), key2: fc.constantFrom(null, at(-8)) });
const counted = { count: fc.nat(3), latestExpiry: maybe(instant) };
const tokens = record({ ...counted, begunAt: instant, rest: maybe(fc.constant('more')) });
const tally = record({ ...counted, key, demotedAt: instant, begunAt: instant, rest: fc.constant('more') });
const compromised = fc.subarray([...KEY_NAMES]);

const anyJournals: fc.Arbitrary<RotationJournal> = record({
  account: fc.constant('media'),
  phase: fc.constantFrom(...PHASES),
  takenOver: fc.boolean(),
  active: key,
  hashes,
  times,
  settleUntil: maybe(instant),
  demotedAt: maybe(instant),
  // Mostly those of the present settings, because others are journalled before anything else.
  drainWaits: fc.oneof(
    { weight: 4, arbitrary: fc.constant({ freeze: WAITS.freeze, overlap: WAITS.overlap }) },
    { weight: 2, arbitrary: fc.constant({ freeze: WAITS.freeze + 90, overlap: WAITS.overlap + 90 }) },
    { weight: 1, arbitrary: fc.constantFrom(null, { freeze: 1, overlap: 1 }) },
  ),
  drainUntil: maybe(instant),
  countedAt: maybe(instant),
  tally: maybe(tally),
  attempt: maybe(
    record({
      key,
      instance: fc.constant('that'),
      until: instant,
      before: hashes,
      unanswered: maybe(instant),
    }),
  ),
  compromised: fc.oneof(fc.constant([]), compromised),
  request: maybe(fc.constant({ by: 'o', byName: null, reason: 'r', at: NOW })),
  returnTo: maybe(
    record({ phase: fc.constantFrom('observed' as const, 'paused' as const), lastError: fc.constant('why') }),
  ),
  deadSecret: fc.constantFrom(null, 'v0', 'v1'),
  dueAt: maybe(instant),
  delegationRevokedAt: fc.constant(null),
  delegationOrder: fc.constant(null),
  notBefore: fc.constant(null),
  ...{
    lastOutcome: fc.constant(null),
    unpublished: fc.boolean(),
    lastError: maybe(fc.constant('why')),
    lastFailure: fc.constant(null),
  },
  outbox: fc.constant([]),
  unrecordedDeaths: fc.constant([]),
});
/** An attempt regenerates the standby, in one of the phases that do so. */
const journals = anyJournals.map((journal): RotationJournal => {
  const { attempt, phase, hashes: before } = journal;
  if (attempt === null || (phase !== 'preparing' && phase !== 'retiring'))
    return { ...journal, attempt: null };
  return { ...journal, attempt: { ...attempt, key: standbyOf(journal), before } };
});
const secrets = record({
  version: fc.constant('v1'),
  hash: fc.constantFrom(null, hash('1'), hash('2'), hash('3')),
  name: fc.constantFrom(null, ...KEY_NAMES),
  managedBy: fc.constantFrom(null, 'sas-token-broker', 'another'),
});
const yesNo = record({ key1: fc.boolean(), key2: fc.boolean() });
const factual = record({
  ...{
    times: perhaps(times),
    keys: perhaps(hashes),
    keysAgain: perhaps(hashes),
    secret: perhaps(maybe(secrets)),
  },
  opens: perhaps(yesNo),
  tokens: perhaps(record({ key1: tokens, key2: tokens })),
  regeneration: perhaps(fc.constantFrom({ outcome: 'done' as const }, { outcome: 'unknown' as const })),
  secretOpens: perhaps(fc.boolean()),
  published: perhaps(fc.boolean()),
  disabled: perhaps(fc.boolean()),
});
const factsOf = (all: object): Facts =>
  Object.fromEntries(Object.entries(all).filter(([, fact]) => fact !== undefined));

/** Returns true if no token of the broker, and nobody who reads the secret, can depend on the standby any more. */
function isFree(journal: RotationJournal): boolean {
  const { demotedAt, drainUntil, countedAt } = journal;
  if (demotedAt === null) return true;
  const { freeze, overlap } = longestDrainWaits(journal, WAITS);
  if (countedAt === null || countedAt < addSeconds(demotedAt, freeze) || countedAt > NOW) return false;
  const frozen = addSeconds(demotedAt, freeze) <= NOW && addSeconds(demotedAt, overlap) <= NOW;
  return frozen && drainUntil !== null && drainUntil <= NOW;
}

/** Returns true if the attempt is over and had no effect. */
function isOver({ key, until, before }: Attempt, { keys }: Facts): boolean {
  return addSeconds(until, WAITS.clockSkew) <= NOW && keys?.[key] === before[key];
}

/** Returns why the step is wrong; null if it is allowed. */
function objection(journal: RotationJournal, facts: Facts): string | null {
  const step = nextStep(journal, facts, context);
  const standby = standbyOf(journal);
  switch (step.do) {
    case 'regenerate': {
      const { attempt } = step.journal;
      if (step.key !== standby) return 'it regenerates the active key';
      if (journal.attempt !== null && !isOver(journal.attempt, facts)) return 'a regeneration is under way';
      if (!['preparing', 'retiring'].includes(journal.phase)) return `it regenerates while ${journal.phase}`;
      if (!isFree(journal) && !journal.compromised.includes(standby)) return 'something depends on it';
      const { keys, secret } = facts;
      if (keys === undefined) return 'it did not look at the keys';
      if (KEY_NAMES.some((name) => attempt?.before[name] !== keys[name])) return 'its attempt lies';
      if (attempt?.until.getTime() !== addSeconds(NOW, WAITS.callTimeoutSeconds).getTime())
        return 'its attempt lasts too long';
      const { [standby]: hashOfStandby, [journal.active]: hashOfActive } = journal.hashes;
      const isPublished = secret?.hash === hashOfStandby && hashOfStandby !== hashOfActive;
      return isPublished && journal.compromised.length === 0 ? 'it is published' : null;
    }
    case 'publish':
      if (step.key !== journal.active && journal.phase !== 'publishing') return 'the standby is not ready';
      if (facts.keys?.[step.key] !== journal.hashes[step.key]) return 'it is not the key of the journal';
      return journal.compromised.includes(step.key) ? 'it is compromised' : null;
    case 'disable':
      return journal.phase === 'retiring' && journal.settleUntil !== null
        ? null
        : 'the former key may be alive';
    case 'wait':
      return step.until === null || step.until > NOW ? null : 'it waits for what has passed';
    case 'save':
      journalText(step.journal);
      return saveObjection(journal, step.journal);
    case 'read':
    case 'probe':
    case 'probe-secret':
    case 'count':
      return null;
  }
}

function saveObjection(before: RotationJournal, after: RotationJournal): string | null {
  const gone = before.compromised.filter((name) => !after.compromised.includes(name));
  if (gone.some((name) => name !== before.attempt?.key)) return 'a compromised key is forgotten';
  const isFreed = before.demotedAt !== null && after.demotedAt === null;
  if (isFreed && before.attempt === null && before.phase !== 'retiring')
    return 'what depended on the standby is forgotten';
  if (before.active !== after.active && after.demotedAt === null) return 'the former key is not spared';
  if (before.phase === 'paused' && after.phase === 'steady') return 'it goes on though it was paused';
  if (before.returnTo !== null && after.phase === 'steady' && !['steady', 'observed'].includes(before.phase))
    return 'a revocation took the account over';
  if (before.phase === 'paused' && after.phase !== 'paused' && after.returnTo?.lastError !== before.lastError)
    return 'a revocation lost the reason for the pause';
  if (after.phase === 'paused' && after.lastError === null && before.lastError !== null)
    return 'a pause lost its reason';
  if (before.phase === 'observed' && after.phase === 'preparing' && after.compromised.length === 0)
    return 'an observed account is rotated';
  return null;
}

describe('the state machine, in any state and with any facts', () => {
  it('takes no step that could break a token, and writes no journal that cannot be parsed', () => {
    fc.assert(
      fc.property(journals, factual, (journal, all) => {
        const { compromised: given } = journal;
        expect([objection(journal, factsOf(all)), given]).toEqual([null, given]);
      }),
      { numRuns },
    );
  });
});
