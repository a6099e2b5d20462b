import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod/mini';
import { KEY_NAMES } from '../azure/services.ts';
import { BrokerError } from '../broker-error.ts';
import { parseJson } from '../input/json-text.ts';
import { invalid, ok, type Rejection, type Result } from '../result.ts';
import { PHASES, type RotationJournal, type Tally } from './rotation-journal.ts';

const anyText = z.string();
const nonEmpty = z.string().check(z.minLength(1));
const maybeText = z.nullable(anyText);
/** An instant as `toISOString` writes it. The schema only checks the shape; `datesOf` makes the dates. */
const instant = z.iso.datetime({ precision: 3 });
const maybeInstant = z.nullable(instant);
const keyName = z.enum(KEY_NAMES);
const phase = z.enum(PHASES);
const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/));
const hashes = z.strictObject({ key1: hash, key2: hash });

/**
 * A journal as it is stored. The schema is strict: a member that this version does not know would be lost at the next
 * save, so it rejects a journal of a newer version.
 */
const storedJournal = z.strictObject({
  account: nonEmpty,
  phase,
  takenOver: z.boolean(),
  active: keyName,
  hashes,
  times: z.strictObject({ key1: maybeInstant, key2: maybeInstant }),
  attempt: z.nullable(
    z.strictObject({
      key: keyName,
      instance: anyText,
      until: instant,
      before: hashes,
      unanswered: maybeInstant,
    }),
  ),
  settleUntil: maybeInstant,
  demotedAt: maybeInstant,
  drainWaits: z.nullable(z.strictObject({ freeze: z.int(), overlap: z.int() })),
  drainUntil: maybeInstant,
  countedAt: maybeInstant,
  tally: z.nullable(
    z.strictObject({
      key: keyName,
      demotedAt: instant,
      begunAt: instant,
      count: z.int().check(z.nonnegative()),
      latestExpiry: maybeInstant,
      rest: nonEmpty,
    }),
  ),
  compromised: z.array(keyName),
  request: z.nullable(z.strictObject({ by: anyText, byName: maybeText, reason: anyText, at: instant })),
  returnTo: z.nullable(z.strictObject({ phase: z.enum(['observed', 'paused']), lastError: maybeText })),
  deadSecret: maybeText,
  dueAt: maybeInstant,
  delegationRevokedAt: maybeInstant,
  delegationOrder: z.nullable(
    z.strictObject({
      death: anyText,
      by: anyText,
      byName: maybeText,
      reason: anyText,
      at: instant,
      revokedAtBefore: maybeInstant,
      mayHaveLanded: z.boolean(),
      lastError: maybeText,
    }),
  ),
  notBefore: maybeInstant,
  lastOutcome: z.nullable(z.strictObject({ at: instant, what: anyText })),
  unpublished: z.boolean(),
  lastError: maybeText,
  lastFailure: maybeText,
  outbox: z.array(
    z.strictObject({
      at: instant,
      type: anyText,
      actor: anyText,
      actorName: maybeText,
      phase,
      activeKey: keyName,
      detail: anyText,
    }),
  ),
  unrecordedDeaths: z.array(
    z.strictObject({
      id: anyText,
      account: anyText,
      dead: z.strictObject({ what: z.literal('key'), keyId: anyText }),
      order: z.strictObject({
        at: instant,
        by: maybeText,
        byName: maybeText,
        reason: anyText,
      }),
    }),
  ),
});
type StoredJournal = z.infer<typeof storedJournal>;

/**
 * Returns a journal as JSON; times keep their milliseconds.
 * @throws BrokerError `internal` if parsing the text would not return the same journal, because rotation could not
 * continue from there.
 */
export function journalText(journal: RotationJournal): string {
  const text = JSON.stringify(journal);
  const parsed = parseJournal(text, journal.account);
  if (parsed.ok && isDeepStrictEqual(parsed.value, journal)) return text;
  throw new BrokerError('internal', 'The rotation journal cannot be written.', {
    reason: `the journal of ${journal.account} cannot be read back unchanged`,
  });
}

/**
 * Parses the journal that `journalText` wrote for `account`. The message names members by path, for the log, and repeats
 * no value.
 */
export function parseJournal(text: string, account: string): Result<RotationJournal, Rejection> {
  const parsed = storedJournal.safeParse(parseJson(text));
  if (!parsed.success) {
    const paths = parsed.error.issues.map(({ path, code }) => `${path.join('.')} ${code}`);
    return invalid(`it is not a valid journal: ${paths.join(', ').slice(0, 200)}`);
  }
  if (parsed.data.account !== account) return invalid('it belongs to another account');
  return ok(datesOf(parsed.data));
}

function datesOf(stored: StoredJournal): RotationJournal {
  const { times, attempt, request, delegationOrder, lastOutcome, outbox, unrecordedDeaths } = stored;
  return {
    ...stored,
    times: { key1: dateOf(times.key1), key2: dateOf(times.key2) },
    attempt: attempt && {
      ...attempt,
      until: new Date(attempt.until),
      unanswered: dateOf(attempt.unanswered),
    },
    settleUntil: dateOf(stored.settleUntil),
    demotedAt: dateOf(stored.demotedAt),
    drainUntil: dateOf(stored.drainUntil),
    countedAt: dateOf(stored.countedAt),
    tally: stored.tally && tallyOf(stored.tally),
    request: request && { ...request, at: new Date(request.at) },
    dueAt: dateOf(stored.dueAt),
    delegationRevokedAt: dateOf(stored.delegationRevokedAt),
    delegationOrder: delegationOrder && {
      ...delegationOrder,
      at: new Date(delegationOrder.at),
      revokedAtBefore: dateOf(delegationOrder.revokedAtBefore),
    },
    notBefore: dateOf(stored.notBefore),
    lastOutcome: lastOutcome && { ...lastOutcome, at: new Date(lastOutcome.at) },
    outbox: outbox.map((event) => ({ ...event, at: new Date(event.at) })),
    unrecordedDeaths: unrecordedDeaths.map((death) => ({
      ...death,
      order: { ...death.order, at: new Date(death.order.at) },
    })),
  };
}

function tallyOf(stored: NonNullable<StoredJournal['tally']>): Tally {
  return {
    ...stored,
    demotedAt: new Date(stored.demotedAt),
    begunAt: new Date(stored.begunAt),
    latestExpiry: dateOf(stored.latestExpiry),
  };
}

const dateOf = (text: string | null): Date | null => (text === null ? null : new Date(text));
