import * as z from 'zod/mini';
import type { DenialRange, DenialRows, RecordedDenials } from '../audit/denial-rows.ts';
import { instantSchema } from '../input/instant-schema.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { readQuery } from '../input/query-parameters.ts';
import { addSeconds, EARLIEST_INSTANT, formatInstant, laterOf, parseInstant } from '../iso-time.ts';
import { instantAtShare } from '../revocation/revocation-ports.ts';
import { formatHour, hoursBetween } from './hours.ts';
import { MAX_MEMBERS, Tally } from './tally.ts';
import { described, withMeta } from '../input/described.ts';

const DEFAULT_HOURS = 24;
const MAX_DAYS = 7;
/** The share of the call's time that the scan may take. */
const SCANNING_SHARE = 0.8;

const instant = z.iso.datetime();
const count = z.int().check(z.minimum(0));

/** The query parameters of `GET /summary/denials`, which this file reads and OpenAPI describes. */
export const denialSummaryParametersSchema = z.strictObject({
  since: z.optional(
    withMeta(instantSchema, {
      format: 'date-time',
      description: `Count denials at this time or later, at most ${MAX_DAYS} days before until. Default: ${DEFAULT_HOURS} hours before until`,
    }),
  ),
  until: z.optional(
    withMeta(instantSchema, {
      format: 'date-time',
      description: 'Count denials before this time. Default: now',
    }),
  ),
});

/** The reply of `GET /summary/denials`. */
export const denialSummarySchema = z.object({
  asOf: instant,
  scannedAll: described(
    z.boolean(),
    'False: not every row was read, so the counts are too low; or there are more callers than the broker distinguishes, so byCaller may be wrong',
  ),
  total: count,
  byHour: described(
    z.array(z.object({ hour: described(instant, 'Its start'), count })),
    'Each hour of the range, oldest first; only the part of the first and last hour that is in it',
  ),
  byCaller: described(
    z.array(
      z.object({
        issuer: z.string(),
        subject: described(z.string(), '`*`: all callers beyond those that an instance counts one by one'),
        name: z.nullable(z.string()),
        count,
        lastReason: described(
          z.nullable(z.string()),
          'Why the latest was denied; null if there are only counts of further denials',
        ),
      }),
    ),
    'The 20 callers with the most denials',
  ),
});
export type DenialSummary = z.infer<typeof denialSummarySchema>;

/** Reads the query parameters. @throws BrokerError `invalid_request` with every fault. */
export function readDenialSummaryQuery(given: URLSearchParams, now: Date): DenialRange {
  const { members, faults } = readQuery(denialSummaryParametersSchema, given);
  const until = parseInstant(members.until ?? '') ?? now;
  const asked = parseInstant(members.since ?? '');
  const since = asked ?? laterOf(addSeconds(until, -DEFAULT_HOURS * 3600), EARLIEST_INSTANT);
  const isTooLong = since < addSeconds(until, -MAX_DAYS * 86_400);
  const all = [
    ...faults,
    ...(asked !== null && since >= until ? [{ path: 'since', message: 'must be earlier than until' }] : []),
    ...(isTooLong ? [{ path: 'since', message: `must be at most ${MAX_DAYS} days before until` }] : []),
  ];
  if (all.length > 0) throw invalidRequest('query', all);
  return { since, until };
}

/**
 * Counts the denials of a range.
 * @throws BrokerError `audit_unavailable`.
 */
export async function summarizeDenials(
  rows: DenialRows,
  range: DenialRange,
  { now, deadline }: { readonly now: Date; readonly deadline: Date },
): Promise<DenialSummary> {
  const fold = new DenialFold(range);
  const until = instantAtShare(now, deadline, SCANNING_SHARE);
  const { scannedAll } = await rows.scan(range, until, (denials) => fold.take(denials));
  return { asOf: formatInstant(now), ...fold.summary(scannedAll) };
}

interface DeniedCaller {
  readonly issuer: string;
  readonly subject: string;
  name: string | null;
  lastReason: string | null;
  lastAt: Date | null;
}

/** Counts denials row by row. Its memory does not grow with the rows: it distinguishes at most 10,000 callers. */
export class DenialFold {
  readonly #since: Date;
  readonly #byHour: number[];
  readonly #callers: Tally<DeniedCaller>;

  constructor({ since, until }: DenialRange, maxCallers = MAX_MEMBERS) {
    this.#since = since;
    const hours = since < until ? hoursBetween(since, new Date(until.getTime() - 1)) + 1 : 0;
    this.#byHour = Array.from({ length: hours }, () => 0);
    this.#callers = new Tally(maxCallers);
  }

  /** Counts the denials of rows in the range. */
  take(denials: readonly RecordedDenials[]): void {
    for (const one of denials) this.#add(one);
  }

  /** Returns everything but the time of the summary. @param scannedAll whether every row of the range was taken. */
  summary(scannedAll: boolean): Omit<DenialSummary, 'asOf'> {
    return {
      scannedAll: scannedAll && !this.#callers.hasMore,
      total: this.#byHour.reduce((sum, one) => sum + one, 0),
      byHour: this.#byHour.map((number, index) => ({ hour: formatHour(this.#since, index), count: number })),
      byCaller: this.#callers.top().map(({ member, count: number }) => ({
        issuer: member.issuer,
        subject: member.subject,
        name: member.name,
        count: number,
        lastReason: member.lastReason,
      })),
    };
  }

  #add({ at, caller: { issuer, subject, name }, count: number, reason }: RecordedDenials): void {
    const last = this.#byHour.length - 1;
    const hour = Math.min(Math.max(0, hoursBetween(this.#since, at)), last);
    this.#byHour[hour] = (this.#byHour[hour] ?? 0) + number;
    const make = (): DeniedCaller => ({ issuer, subject, name, lastReason: null, lastAt: null });
    const caller = this.#callers.add([issuer, subject], make, number);
    if (caller === null) return;
    caller.name ??= name;
    if (reason === null || (caller.lastAt !== null && at < caller.lastAt)) return;
    caller.lastAt = at;
    caller.lastReason = reason;
  }
}
