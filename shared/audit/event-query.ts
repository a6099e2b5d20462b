import { z } from 'zod';
import { formatInstant } from '../iso-time.ts';
import type { AdministrativeEvent } from './audit-record.ts';

/** An event as it is read: an administrative one, or a denial (`type` is `denial`). */
export interface RecordedEvent extends AdministrativeEvent {
  /** Its row's keys in one text. */
  readonly id: string;
}

/** What to look for. */
export interface EventQuery {
  /** Null: of every type, denials included. */
  readonly type: string | null;
  readonly account: string | null;
  /** Inclusive. */
  readonly since: Date;
  /** Row keys below this one; from `timeKey` (all before an instant) or of the last event of the page before. */
  readonly before: string;
  readonly limit: number;
}

/** Events newest first. `next`: where the following page goes on (`before`); null: there is nothing further. */
export interface EventPage {
  readonly events: readonly RecordedEvent[];
  readonly next: string | null;
}

/** Reads the events of the audit table. */
export interface EventLog {
  /**
   * A page, which may be short, even empty, and still have a `next`: the deadline ends it early.
   * @throws BrokerError `audit_unavailable` where nothing could be read.
   */
  events(query: EventQuery, deadline: Date): Promise<EventPage>;
}

/** An event in a reply. */
export const eventSchema = z.object({
  id: z.string(),
  at: z.iso.datetime(),
  type: z.string(),
  account: z.string().nullable(),
  actor: z.string(),
  detail: z.string(),
});

export const eventListSchema = z.object({ items: z.array(eventSchema), nextCursor: z.string().nullable() });

/** An event as the API shows it. */
export function eventView({
  id,
  at,
  type,
  account,
  actor,
  detail,
}: RecordedEvent): z.infer<typeof eventSchema> {
  return { id, at: formatInstant(at), type, account, actor, detail };
}
