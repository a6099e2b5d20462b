import { z } from 'zod';
import { signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import { addSeconds, formatInstant, laterOf } from '../iso-time.ts';
import { PHASES, type RotationJournal } from './rotation-journal.ts';
import type { RotationWaits } from './rotation-waits.ts';
import { KEY_NAMES, type KeyName } from '../azure/services.ts';
import { errorText } from './error-text.ts';

/** A rotation state in a reply. */
export const rotationStateSchema = z.object({
  account: z.string(),
  phase: z.enum(PHASES).nullable().describe('Null: not looked at yet, or not rotated by this broker'),
  activeKey: z.enum(KEY_NAMES).nullable(),
  keys: z.array(
    z.object({ name: z.enum(KEY_NAMES), createdAt: z.string().nullable(), liveTokens: z.int().nullable() }),
  ),
  nextDueAt: z.string().nullable(),
  drainingUntil: z.string().nullable(),
  overdue: z.boolean(),
  lastOutcome: z.object({ at: z.string(), what: z.string() }).nullable(),
  lastError: z.string().nullable(),
});

export type RotationState = z.infer<typeof rotationStateSchema>;

/** Shown as an error, so that somebody sees it. */
const RESTS = 'rotation rests: the account is configured with allowSharedKeyAccess: false';

/** The state of one account; `liveTokens` null where they were not counted. */
export function rotationState(
  account: StorageAccount,
  journal: RotationJournal | null,
  waits: RotationWaits | null,
  liveTokens: Readonly<Record<KeyName, number>> | null,
  now: Date,
): RotationState {
  const rests = !signsWithKeys(account);
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
    nextDueAt: rests ? null : text(journal?.dueAt),
    drainingUntil: text(rests || journal === null || waits === null ? null : drainingUntil(journal, waits)),
    overdue: !rests && journal !== null && waits !== null && isOverdue(journal, waits, now),
    lastOutcome: journal?.lastOutcome
      ? { at: formatInstant(journal.lastOutcome.at), what: journal.lastOutcome.what }
      : null,
    lastError: rests && waits !== null ? RESTS : journal && (errorText(journal) ?? journal.lastFailure),
  };
}

/** Until when the demoted key is kept at least; exact once its tokens were counted. */
function drainingUntil(journal: RotationJournal, waits: RotationWaits): Date | null {
  if (journal.demotedAt === null || !['draining', 'preparing', 'retiring'].includes(journal.phase))
    return null;
  const least = addSeconds(journal.demotedAt, Math.max(waits.freeze, waits.overlap));
  return journal.drainUntil === null ? least : laterOf(journal.drainUntil, least);
}

/** A rotation that has not come to its end when, by its own settings, it should have. */
export function isOverdue(journal: RotationJournal, waits: RotationWaits, now: Date): boolean {
  const started = journal.dueAt !== null && now > addSeconds(journal.dueAt, waits.patience);
  const drained = ['draining', 'retiring'].includes(journal.phase) && journal.demotedAt !== null;
  return started || (drained && now > addSeconds(journal.demotedAt, waits.patience));
}
