import type { AuditLog } from '../audit/audit-record.ts';
import type { Deaths } from '../deaths/death.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import type { Log } from '../log-events.ts';
import type { KeyProbe, ManagedKeys } from './managed-keys.ts';
import type { PublishedSecrets } from './published-secrets.ts';
import type { RotationJournals } from './rotation-journal.ts';
import type { TickLogs } from './tick-log.ts';
import type { TokenCounter } from './token-count.ts';

/** Everything that rotation needs from outside. */
export interface RotationPorts {
  readonly journals: RotationJournals;
  readonly managedKeys: ManagedKeys;
  readonly secrets: PublishedSecrets;
  readonly probe: KeyProbe;
  readonly tokenCounter: TokenCounter;
  readonly deaths: Deaths;
  readonly ticks: TickLogs;
  readonly events: Pick<AuditLog, 'appendEvent'>;
  /** Gets the value of a compromised key that this process has just asked to replace. */
  readonly onReplaced?: (account: string, value: SecretText) => void;
  readonly clock: () => Date;
  /** Names this broker instance in attempts; no other process ever has the same name. */
  readonly instance: string;
  readonly log: Log;
}
