import fc from 'fast-check';
import { KEY_NAMES } from '../../../shared/azure/services.ts';
import { PHASES, type RotationJournal } from '../../../shared/rotation/rotation-journal.ts';

/** Returns a steady journal of `media`, with changes. */
export function someJournal(over: Partial<RotationJournal> = {}): RotationJournal {
  return {
    account: 'media',
    phase: 'steady',
    takenOver: true,
    active: 'key1',
    hashes: { key1: 'a'.repeat(64), key2: 'b'.repeat(64) },
    times: { key1: new Date(1_790_000_000_000), key2: null },
    attempt: null,
    settleUntil: null,
    demotedAt: null,
    drainWaits: null,
    drainUntil: null,
    countedAt: null,
    tally: null,
    compromised: [],
    request: null,
    returnTo: null,
    deadSecret: null,
    dueAt: new Date(1_800_000_000_000),
    delegationRevokedAt: null,
    delegationOrder: null,
    notBefore: null,
    lastOutcome: null,
    unpublished: false,
    lastError: null,
    lastFailure: null,
    outbox: [],
    unrecordedDeaths: [],
    ...over,
  };
}

const anyTime = fc.date({
  min: new Date('2000-01-01T00:00:00Z'),
  max: new Date('2999-01-01T00:00:00Z'),
  noInvalidDate: true,
});
const anyKey = fc.constantFrom(...KEY_NAMES);
const anyHash = fc.stringMatching(/^[0-9a-f]{64}$/);
const anyHashes = fc.record({ key1: anyHash, key2: anyHash }, { noNullPrototype: true });
const anyText = fc.string({ unit: 'grapheme', maxLength: 40 });
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> =>
  fc.record(model, { noNullPrototype: true });

/** Journals of every shape. */
export const anyJournal: fc.Arbitrary<RotationJournal> = record<RotationJournal>({
  account: fc.stringMatching(/^[a-z0-9]{3,24}$/),
  phase: fc.constantFrom(...PHASES),
  takenOver: fc.boolean(),
  active: anyKey,
  hashes: anyHashes,
  times: record({ key1: orNull(anyTime), key2: orNull(anyTime) }),
  attempt: orNull(
    record({
      key: anyKey,
      instance: anyText,
      until: anyTime,
      before: anyHashes,
      unanswered: orNull(anyTime),
    }),
  ),
  settleUntil: orNull(anyTime),
  demotedAt: orNull(anyTime),
  drainWaits: orNull(record({ freeze: fc.nat(), overlap: fc.nat() })),
  drainUntil: orNull(anyTime),
  countedAt: orNull(anyTime),
  tally: orNull(
    record({
      key: anyKey,
      demotedAt: anyTime,
      begunAt: anyTime,
      count: fc.nat(),
      latestExpiry: orNull(anyTime),
      rest: fc.string({ minLength: 1 }),
    }),
  ),
  compromised: fc.uniqueArray(anyKey),
  request: orNull(record({ by: anyText, byName: orNull(anyText), reason: anyText, at: anyTime })),
  returnTo: orNull(
    record({ phase: fc.constantFrom('observed' as const, 'paused' as const), lastError: orNull(anyText) }),
  ),
  deadSecret: orNull(anyText),
  dueAt: orNull(anyTime),
  delegationRevokedAt: orNull(anyTime),
  delegationOrder: orNull(
    record({
      death: anyText,
      by: anyText,
      byName: orNull(anyText),
      reason: anyText,
      at: anyTime,
      revokedAtBefore: orNull(anyTime),
      mayHaveLanded: fc.boolean(),
      lastError: orNull(anyText),
    }),
  ),
  notBefore: orNull(anyTime),
  lastOutcome: orNull(record({ at: anyTime, what: anyText })),
  unpublished: fc.boolean(),
  lastError: orNull(anyText),
  lastFailure: orNull(anyText),
  outbox: fc.array(
    record({
      at: anyTime,
      type: anyText,
      actor: anyText,
      actorName: orNull(anyText),
      phase: fc.constantFrom(...PHASES),
      activeKey: anyKey,
      detail: anyText,
    }),
    { maxLength: 5 },
  ),
  unrecordedDeaths: fc.array(
    record({
      id: anyText,
      account: anyText,
      dead: record({ what: fc.constant('key' as const), keyId: anyText }),
      order: record({ at: anyTime, by: orNull(anyText), byName: orNull(anyText), reason: anyText }),
    }),
    { maxLength: 3 },
  ),
});
