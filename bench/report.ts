import { availableParallelism, cpus } from 'node:os';

/** A limit that a figure must keep. */
export type Goal = readonly ['at most' | 'at least', number];

/** One ratio. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** The least and the greatest value of all rounds, if there are several. */
  readonly range?: readonly [number, number];
  /** Absent: nothing was promised. */
  readonly goal?: Goal;
}

/** Ratios that were measured together, under a heading. */
export interface Section {
  readonly name: string;
  readonly title: string;
  readonly figures: readonly Figure[];
  /** How long the section took. */
  readonly seconds: number;
}

/** What a run found, and on which machine. */
export interface Report {
  readonly machine: Machine;
  readonly sections: readonly Section[];
}

interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly node: string;
  /** Processes that wanted to run, on average over a minute, at the start: more than the cores means a busy machine. */
  readonly loadAverage: number;
}

/** Describes this machine. @param loadAverage of the last minute. */
export function describeMachine(loadAverage: number): Machine {
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    node: process.version,
    loadAverage,
  };
}

/** Returns whether a figure keeps its goal; null if it has none. */
export function keepsGoal({ value, goal }: Figure): boolean | null {
  if (goal === undefined) return null;
  const [kind, limit] = goal;
  return kind === 'at most' ? value <= limit : value >= limit;
}

/** Writes a ratio with two digits, or all digits before the point. */
export function formatRatio(value: number): string {
  return value.toLocaleString('en', { maximumSignificantDigits: value < 100 ? 2 : 4 });
}

/** Writes a goal: `≤ 1.5`. */
export function formatGoal(goal: Goal | undefined): string {
  if (goal === undefined) return '';
  return `${goal[0] === 'at most' ? '≤' : '≥'} ${goal[1]}`;
}

/** Writes a figure as one line of a terminal. */
export function figureLine(figure: Figure): string {
  const range = figure.range === undefined ? '' : `  (${figure.range.map(formatRatio).join(' to ')})`;
  const verdict = keepsGoal(figure) === false ? '  not reached' : '';
  const goal = formatGoal(figure.goal).padStart(8);
  return `  ${figure.what.padEnd(76)}${formatRatio(figure.value).padStart(8)}${goal}${verdict}${range}`;
}
