import { PolicyChangeQueue } from './change-queue.ts';
import { LeaseWatch } from './lease-watch.ts';
import { PlaceReads } from './place-reads.ts';
import { PlaceSweeps } from './place-sweeps.ts';
import type { PolicyPorts } from './policy-ports.ts';

/** The ports, with the queue that every change of a policy goes through, and what the requests of a process share. */
export interface PolicyKeeper extends PolicyPorts {
  readonly changes: PolicyChangeQueue;
  readonly reads: PlaceReads;
  readonly sweeps: PlaceSweeps;
}

/**
 * Creates the keeper. A process must have only one: it queues the changes of each place, shares its sweeps, and remembers
 * since when it has known of each lease.
 */
export function createPolicyKeeper(outside: Omit<PolicyPorts, 'leases'>): PolicyKeeper {
  const ports = { ...outside, leases: new LeaseWatch() };
  return {
    ...ports,
    changes: new PolicyChangeQueue(ports),
    reads: new PlaceReads(ports),
    sweeps: new PlaceSweeps(),
  };
}
