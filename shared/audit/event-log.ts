import type { AdministrativeEvent } from './audit-record.ts';

/** An event as it is read: an administrative event, or a denial (`type` is `denial`). */
export interface RecordedEvent extends Required<AdministrativeEvent> {
  /** Both keys of its row in one text. */
  readonly id: string;
}

/** Which events to read. */
export interface EventQuery {
  /** Null: events of every type, denials included. A type that ends in `*` stands for all that begin so. */
  readonly type: string | null;
  readonly account: string | null;
  /** Inclusive. */
  readonly since: Date;
  /**
   * Only events with a row key below this one: the `timeKey` of an instant, or the `next` of the previous page.
   */
  readonly before: string;
  readonly limit: number;
}

/** A page of events, newest first. */
export interface EventPage {
  readonly events: readonly RecordedEvent[];
  /** The `before` of the next page; null if there are no further events. */
  readonly next: string | null;
}

/** The events of the audit table. */
export interface EventLog {
  /**
   * Reads a page of events. A page may be short, or even empty, and still have a `next`, because `deadline` ends it
   * early.
   * @throws BrokerError `audit_unavailable` if nothing could be read.
   */
  events(query: EventQuery, deadline: Date): Promise<EventPage>;
}
