import type { Readiness } from '../api/replies.ts';

/** `checks` is for operators only. */
export type ShownReadiness = Pick<Readiness, 'status'> & Partial<Pick<Readiness, 'checks'>>;

/** What the broker's readiness means, with the checks that fail if the broker shows them. */
export function readinessText({ status, checks = [] }: ShownReadiness): string {
  const failing = checks
    .filter((check) => check.status === 'failing')
    .map(({ name, detail }) => (detail === null ? name : `${name}: ${detail}`));
  const means = {
    ready: 'The broker can issue every token.',
    degraded: 'The broker works, but some tokens may be refused or a timer is late.',
    unavailable: 'The broker cannot issue tokens now.',
  }[status];
  return [means, ...failing].join(' ');
}
