import { TABLE_LIMITS, type TableLimits } from './limited-table.ts';

/** A deployment of the broker, its load and its table. */
export interface Scenario {
  readonly seed: number;
  readonly instances: number;
  readonly shards: number;
  /** Token requests per second, over all instances. */
  readonly rate: number;
  /** Length of the load. The simulation goes on until the last request is answered. */
  readonly seconds: number;
  /** Lifetimes of tokens, all equally frequent. */
  readonly lifetimesSeconds: readonly number[];
  /** `REQUEST_DEADLINE`. */
  readonly deadlineSeconds: number;
  readonly limits: TableLimits;
  readonly roundTripMs: number;
  readonly entityMs: number;
  readonly lostReplies: number;
}

export const DEFAULTS: Scenario = {
  seed: 1,
  instances: 100,
  shards: 8,
  rate: 10_000,
  seconds: 10,
  lifetimesSeconds: [900],
  deadlineSeconds: 10,
  limits: TABLE_LIMITS,
  roundTripMs: 10,
  entityMs: 0.2,
  lostReplies: 0.0005,
};
