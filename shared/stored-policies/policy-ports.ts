import type { AuditLog } from '../audit/audit-record.ts';
import type { Deaths } from '../deaths/death.ts';
import type { LeaseWatch } from './lease-watch.ts';
import type { PolicyLedgers } from './policy-ledger.ts';
import type { PolicyUses } from './policy-uses.ts';
import type { StoredPolicies } from './stored-policy.ts';

/** Everything outside the core that changing policies needs. */
export interface PolicyPorts {
  readonly policies: StoredPolicies;
  readonly ledgers: PolicyLedgers;
  readonly leases: LeaseWatch;
  readonly uses: PolicyUses;
  readonly events: Pick<AuditLog, 'appendEvent'>;
  /** How many managed policies one grant may hold at one place. */
  readonly maxManagedPolicies: number;
  readonly deaths: Pick<Deaths, 'order' | 'withdraw'>;
  readonly clock: () => Date;
  /** Returns a unique text of 16 characters of lower-case base32, for a lease's holder or a managed policy's id. */
  readonly random: () => string;
  /** Returns a number from 0 to 1 that spreads the retries of several hosts. */
  readonly jitter: () => number;
}
