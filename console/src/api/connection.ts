import { useSyncExternalStore } from 'react';

/** What the last calls say about the connection. */
export interface Connection {
  readonly offline: boolean;
  /** When the broker last replied, by this machine's clock; null before the first reply. */
  readonly lastReplyAt: number | null;
  /** The broker's clock less this machine's, in milliseconds. */
  readonly offsetMs: number;
  readonly misconfigured: boolean;
}

let connection: Connection = { offline: false, lastReplyAt: null, offsetMs: 0, misconfigured: false };
const listeners = new Set<() => void>();

export function changeConnection(part: Partial<Connection>): void {
  connection = { ...connection, ...part };
  for (const notify of listeners) notify();
}

/** Returns what is known now. */
export const readConnection = (): Connection => connection;

export function useConnection(): Connection {
  return useSyncExternalStore((notify) => {
    listeners.add(notify);
    return () => void listeners.delete(notify);
  }, readConnection);
}

/** Takes the broker's time from a reply's `Date`, which has whole seconds. Small differences are kept as zero. */
export function noteReply(dateHeader: string | null): void {
  const now = Date.now();
  const sent = Date.parse(dateHeader ?? '');
  const offset = Number.isNaN(sent) ? connection.offsetMs : sent + 500 - now;
  changeConnection({ offline: false, lastReplyAt: now, offsetMs: Math.abs(offset) < 2000 ? 0 : offset });
}

/** Returns the broker's time in milliseconds since the epoch. */
export const brokerNow = (): number => Date.now() + connection.offsetMs;
