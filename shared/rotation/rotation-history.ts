import * as z from 'zod/mini';
import type { EventLog, RecordedEvent } from '../audit/event-log.ts';
import { timeKey } from '../audit/event-row-keys.ts';
import { auditReadFailure } from '../audit/audit-unavailable.ts';
import { KEY_NAMES } from '../azure/services.ts';
import { instantSchema } from '../input/instant-schema.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { readQuery } from '../input/query-parameters.ts';
import { addSeconds, formatInstant, laterOf, parseInstant } from '../iso-time.ts';
import { described, withMeta } from '../input/described.ts';

const MAX_DAYS = 90;
const DEFAULT_DAYS = 30;
const DAY_SECONDS = 86_400;
/** Another instance's clock may be ahead. */
const AHEAD_SECONDS = 3600;
const PAGE = 1000;
/** The types of events that are about the keys of an account. */
const TYPES = ['rotation-*', 'drift', 'healed', 'revocation*'];

const instant = z.iso.datetime();

/** The query parameters of `GET /accounts/{account}/rotation/history`. */
export const historyParametersSchema = z.strictObject({
  since: z.optional(
    withMeta(instantSchema, {
      format: 'date-time',
      description: `The start of the history, at most ${MAX_DAYS} days ago. Default: ${DEFAULT_DAYS} days ago`,
    }),
  ),
});

/** The history of an account's rotation in a reply. */
export const rotationHistorySchema = z.object({
  account: z.string(),
  since: instant,
  segments: described(
    z.array(
      z.object({
        phase: z.string(),
        from: described(instant, '`since` if the phase began earlier'),
        to: described(z.nullable(instant), 'Null: it goes on'),
        activeKey: z.nullable(z.enum(KEY_NAMES)),
        by: described(z.nullable(z.string()), 'Who or what began it'),
      }),
    ),
    'The phases, oldest first. What came before the first is not known',
  ),
  marks: described(
    z.array(z.object({ at: instant, type: z.string(), detail: z.string(), by: z.string() })),
    'Drift and its repair, and revocations, oldest first',
  ),
});
export type RotationHistory = z.infer<typeof rotationHistorySchema>;

/** Reads the start of the history. @throws BrokerError `invalid_request` with every fault. */
export function readHistoryStart(given: URLSearchParams, now: Date): Date {
  const { members, faults } = readQuery(historyParametersSchema, given);
  const since = parseInstant(members.since ?? '') ?? addSeconds(now, -DEFAULT_DAYS * DAY_SECONDS);
  const isTooOld = since < addSeconds(now, -MAX_DAYS * DAY_SECONDS);
  const outside = isTooOld || since > now;
  const message = `must be in the past, at most ${MAX_DAYS} days ago`;
  const all = [...faults, ...(outside ? [{ path: 'since', message }] : [])];
  if (all.length > 0) throw invalidRequest('query', all);
  return since;
}

/**
 * Reads the events about an account's keys since an instant, and the last one before it, which says in which phase the
 * account was then.
 * @throws BrokerError `audit_unavailable` if they cannot all be read by the deadline.
 */
export async function readHistoryEvents(
  log: EventLog,
  account: string,
  { since, now, deadline }: { readonly since: Date; readonly now: Date; readonly deadline: Date },
): Promise<readonly RecordedEvent[]> {
  const end = timeKey(addSeconds(now, AHEAD_SECONDS));
  const earliest = addSeconds(since, -MAX_DAYS * DAY_SECONDS);
  const earlier = { type: 'rotation-*', account, since: earliest, before: timeKey(since), limit: 1 };
  const [before, ...lists] = await Promise.all([
    log.events(earlier, deadline),
    ...TYPES.map((type) => readAll(log, { type, account, since, before: end, limit: PAGE }, deadline)),
  ]);
  if (before.events.length === 0 && before.next !== null) throw auditReadFailure('the history was cut short');
  return [...before.events, ...lists.flat()];
}

async function readAll(
  log: EventLog,
  query: Parameters<EventLog['events']>[0],
  deadline: Date,
): Promise<RecordedEvent[]> {
  const found: RecordedEvent[] = [];
  let before: string | null = query.before;
  while (before !== null) {
    const page: Awaited<ReturnType<EventLog['events']>> = await log.events({ ...query, before }, deadline);
    // A page that the deadline ended makes no progress at the next try, which then fails.
    for (const event of page.events) found.push(event);
    before = page.next;
  }
  return found;
}

/** Returns the history that events tell, in any order. */
export function rotationHistory(
  account: string,
  since: Date,
  events: readonly RecordedEvent[],
): RotationHistory {
  const ordered = [...events].sort((a, b) => a.at.getTime() - b.at.getTime() || (a.id < b.id ? -1 : 1));
  const changes: { phase: string; activeKey: RecordedEvent['activeKey']; at: Date; by: string }[] = [];
  for (const { phase, activeKey, at, actor } of ordered) {
    const last = changes.at(-1);
    if (phase === null || (last?.phase === phase && last.activeKey === activeKey)) continue;
    changes.push({ phase, activeKey, at, by: actor });
  }
  const segments = changes.map(({ phase, activeKey, at, by }, index) => ({
    phase,
    from: formatInstant(laterOf(at, since)),
    to: textOf(changes[index + 1]?.at),
    activeKey,
    by,
  }));
  const marks = ordered
    .filter(({ type, at }) => !type.startsWith('rotation-') && at >= since)
    .map(({ at, type, detail, actor }) => ({ at: formatInstant(at), type, detail, by: actor }));
  return { account, since: formatInstant(since), segments, marks };
}

const textOf = (at: Date | undefined): string | null => (at === undefined ? null : formatInstant(at));
