import * as z from 'zod/mini';
import { KEY_NAMES, type KeyName } from '../azure/services.ts';
import { signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import type { Death } from '../deaths/death.ts';
import { endedListSchema, endedView } from '../deaths/ended-view.ts';
import { addSeconds, formatInstant, laterOf } from '../iso-time.ts';
import { errorText } from './error-text.ts';
import { isOverdue } from './is-overdue.ts';
import { PHASES, type RotationJournal } from './rotation-journal.ts';
import { longestDrainWaits, overlapEnd, type RotationWaits } from './rotation-waits.ts';
import { described } from '../input/described.ts';

/** The state of an account's rotation in a reply. */
export const rotationStateSchema = z.object({
  account: z.string(),
  phase: described(
    z.nullable(z.enum(PHASES)),
    'Null if the broker has not observed the account yet, or does not rotate its keys',
  ),
  activeKey: z.nullable(z.enum(KEY_NAMES)),
  keys: z.array(
    z.object({ name: z.enum(KEY_NAMES), createdAt: z.nullable(z.string()), liveTokens: z.nullable(z.int()) }),
  ),
  nextDueAt: z.nullable(z.string()),
  drainingUntil: z.nullable(z.string()),
  overdue: z.boolean(),
  lastOutcome: z.nullable(z.object({ at: z.string(), what: z.string() })),
  lastError: z.nullable(z.string()),
  ended: endedListSchema,
});

export type RotationState = z.infer<typeof rotationStateSchema>;

/** Shown as an error, so that operators notice it. */
const SUSPENDED = 'rotation is suspended because the account is configured with allowSharedKeyAccess: false';

/** What a rotation state shows besides the journal. */
interface ShownFacts {
  /** Null if the tokens were not counted. */
  readonly liveTokens: Readonly<Record<KeyName, number>> | null;
  /** The account's, oldest first; null if they were not read. */
  readonly deaths: readonly Death[] | null;
}

/** Returns the rotation state of one account. */
export function rotationState(
  account: StorageAccount,
  journal: RotationJournal | null,
  waits: RotationWaits | null,
  { liveTokens, deaths }: ShownFacts,
  now: Date,
): RotationState {
  const isSuspended = !signsWithKeys(account);
  const text = (instant: Date | null | undefined) => (instant ? formatInstant(instant) : null);
  return {
    account: account.name,
    phase: journal?.phase ?? null,
    activeKey: journal?.active ?? null,
    keys: KEY_NAMES.map((name) => ({
      name,
      createdAt: text(journal?.times[name]),
      liveTokens: liveTokens?.[name] ?? null,
    })),
    nextDueAt: isSuspended ? null : text(journal?.dueAt),
    drainingUntil: text(
      isSuspended || journal === null || waits === null ? null : drainingUntil(journal, waits),
    ),
    overdue: journal !== null && waits !== null && isOverdue(account, journal, waits, now),
    lastOutcome: journal?.lastOutcome
      ? { at: formatInstant(journal.lastOutcome.at), what: journal.lastOutcome.what }
      : null,
    lastError:
      isSuspended && waits !== null ? SUSPENDED : journal && (errorText(journal) ?? journal.lastFailure),
    ended: endedView(deaths),
  };
}

/** Returns the earliest instant at which the demoted key may be regenerated; exact once its tokens were counted. */
function drainingUntil(journal: RotationJournal, waits: RotationWaits): Date | null {
  if (journal.demotedAt === null || !['draining', 'preparing', 'retiring'].includes(journal.phase))
    return null;
  const drainWaits = longestDrainWaits(journal, waits);
  const freezeEnd = addSeconds(journal.demotedAt, drainWaits.freeze);
  const least = laterOf(freezeEnd, overlapEnd(journal.demotedAt, drainWaits, waits));
  return journal.drainUntil === null ? least : laterOf(journal.drainUntil, least);
}
