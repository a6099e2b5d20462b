import type { AuditLog } from '../audit/audit-record.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { AccountKeys, DelegationKeys } from '../keys/signing-keys.ts';
import type { Log } from '../log-events.ts';
import type { CallerBlocks } from '../revocation/block.ts';
import type { PolicyKeeper } from '../stored-policies/policy-keeper.ts';

/** Everything that issuing needs from outside the core. */
export interface IssuingPorts {
  readonly config: Pick<BrokerConfig, 'accounts' | 'grants'>;
  readonly accountKeys: AccountKeys;
  readonly delegationKeys: DelegationKeys;
  readonly audit: AuditLog;
  readonly blocks: CallerBlocks;
  readonly policies: PolicyKeeper;
  /** This instance's shard of the audit table. */
  readonly shard: number;
  readonly suffix: () => string;
  readonly correlationId: (shard: number, hour: string) => string;
  /** Read again just before the reply, to drop a token whose key has become stale meanwhile. */
  readonly clock: () => Date;
  /** Milliseconds of a clock that never goes back, to measure the stages of an issuance. */
  readonly monotonicMs: () => number;
}

/** What belongs to one call. */
export interface IssuingCall {
  readonly now: Date;
  readonly deadline: Date;
  readonly requestId: string;
  readonly log: Log;
}
