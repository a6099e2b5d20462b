import type { RevocationOrder } from './revocation-request.ts';

/** Describes an order in an event: `regenerate-key of key1, forced without a plan: leaked`. */
export function orderText({ lever, planHash: hash, reason }: RevocationOrder, what: string): string {
  return `${what === '' ? lever.name : `${lever.name} of ${what}`}${hash === null ? ', forced without a plan' : ''}: ${reason}`;
}
