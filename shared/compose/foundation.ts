import { randomBytes, randomInt } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { SHARDS } from '../audit/row-keys.ts';
import { ScanGate } from '../audit/scan-gate.ts';
import { tableAuditLog } from '../audit/table-audit-log.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { Settings } from '../config/settings.ts';
import { PageTurns } from '../azure-calls/page-turns.ts';
import { auditTableClient } from '../tables/table-client.ts';
import { askTogether } from './ask-together.ts';
import { linesOf, type WriteLine } from './log-lines.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every part of the broker is built on. */
export interface Foundation {
  readonly settings: Settings;
  readonly config: BrokerConfig;
  readonly clock: () => Date;
  /** Milliseconds of a clock that never goes back, from any start. */
  readonly monotonicMs: () => number;
  /** Identifies this process and no other, ever: it says who owns an attempt or a lease. */
  readonly instance: string;
  /** The same for the life of the process, so concurrent rows of one hour share transactions. */
  readonly shard: number;
  /** The identity that signs tokens: it may only read and add. */
  readonly signer: TokenCredential;
  /** The only identity that may see both keys, regenerate them and publish them. */
  readonly rotator: TokenCredential;
  /** The only identity that may delete audit rows. It may not add any. */
  readonly purger: TokenCredential;
  readonly auditTable: TableClient;
  readonly stateTable: TableClient;
  readonly audit: ReturnType<typeof tableAuditLog>;
  /** What every scan of the audit table reads with, page by page in turns. */
  readonly auditScans: {
    readonly client: TableClient;
    readonly clock: () => Date;
    readonly turns: PageTurns;
  };
  /** Limits the scans of the audit table: lists, plans, summaries and the lookups that read many hours together. */
  readonly scans: ScanGate;
  /** How long one call of a request may take, in milliseconds. */
  readonly callTimeoutMs: number;
  readonly lines: ReturnType<typeof linesOf>;
}

/** The share of a request's time that one call may take. The rest leaves time to reply if the call fails. */
const CALL_SHARE = 0.8;

/** Makes the clients and credentials. Calls nothing. */
export function foundationOf(
  settings: Settings,
  config: BrokerConfig,
  environment: Environment,
  writeLine: WriteLine,
): Foundation {
  const signer = identityOf(settings.signerClientId);
  const client = ({ endpoint, table }: Settings['auditTable']) => auditTableClient(endpoint, table, signer);
  const clock = () => new Date();
  const host = environment['WEBSITE_INSTANCE_ID']?.slice(0, 16) ?? 'instance';
  const instance = `${host}-${randomBytes(8).toString('hex')}`;
  const shard = randomInt(SHARDS);
  const lines = linesOf(writeLine);
  const auditTable = client(settings.auditTable);
  const turns = new PageTurns();
  return {
    settings,
    config,
    clock,
    monotonicMs: () => performance.now(),
    instance,
    shard,
    signer,
    rotator: identityOf(settings.rotatorClientId),
    purger: identityOf(settings.purgerClientId),
    auditTable,
    stateTable: client(settings.stateTable),
    audit: tableAuditLog({ client: auditTable, instance, shard, clock, turns, onFault: lines.onAuditFault }),
    auditScans: { client: auditTable, clock, turns },
    scans: new ScanGate(),
    callTimeoutMs: settings.requestTimeoutSeconds * 1000 * CALL_SHARE,
    lines,
  };
}

function identityOf(clientId: string | null): TokenCredential {
  return askTogether(() =>
    clientId === null ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId }),
  );
}
