import type { AuditLog } from '../audit/audit-record.ts';
import type { ScanGate } from '../audit/scan-gate.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { RotationPorts } from '../rotation/rotation-ports.ts';
import type { PolicyKeeper } from '../stored-policies/policy-keeper.ts';
import type { LiveTokenReader } from './live-token.ts';

/** A caller, as a block names it. */
export interface BlockableCaller {
  readonly issuer: string;
  readonly subject: string;
}

/** Everything that revocation needs from outside. */
export interface RevocationPorts {
  readonly accounts: ReadonlyMap<string, StorageAccount>;
  readonly rotation: RotationPorts;
  readonly records: Pick<AuditLog, 'find'>;
  readonly liveTokens: LiveTokenReader;
  readonly scans: ScanGate;
  readonly policies: PolicyKeeper;
  /** Returns how many of the callers, at most 100, get no new tokens now. @throws BrokerError `storage_unavailable`. */
  readonly blocksOf: (callers: readonly BlockableCaller[], deadline: Date) => Promise<number>;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Timeout of one call to Azure, in whole seconds. */
  readonly requestTimeoutSeconds: number;
}

/** Who makes a call, when, and until when the reply must be sent. */
export interface RevocationCall {
  /** `issuer/subject` of the operator. */
  readonly by: string;
  /** The operator's name, for people to read. */
  readonly byName: string | null;
  readonly now: Date;
  readonly deadline: Date;
}

/** Returns the instant at which `share` (0 to 1) of the time from `now` to `deadline` has passed. */
export function instantAtShare(now: Date, deadline: Date, share: number): Date {
  return new Date(now.getTime() + (deadline.getTime() - now.getTime()) * share);
}
