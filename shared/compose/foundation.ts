import { randomBytes, randomInt } from 'node:crypto';
import type { TableClient } from '@azure/data-tables';
import { ManagedIdentityCredential, type TokenCredential } from '@azure/identity';
import { SHARDS } from '../audit/row-keys.ts';
import { tableAuditLog } from '../audit/table-audit-log.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import type { Settings } from '../config/settings.ts';
import { linesOf, type WriteLine } from './log-lines.ts';
import { auditTableClient } from '../tables/table-client.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every part of the broker stands on. */
export interface Foundation {
  readonly settings: Settings;
  readonly config: BrokerConfig;
  readonly clock: () => Date;
  /** Names this process; no other one at any time, since it says whose claim a journal holds. */
  readonly instance: string;
  /** One for the life of the process: its concurrent rows of an hour then share transactions. */
  readonly shard: number;
  /** Reads and adds. Only the rotator's identity may see both keys, make them anew and publish them. */
  readonly signer: TokenCredential;
  readonly rotator: TokenCredential;
  readonly auditTable: TableClient;
  readonly stateTable: TableClient;
  readonly audit: ReturnType<typeof tableAuditLog>;
  /** In milliseconds: what a request waits for must fail while there is still time to say so. */
  readonly callTimeoutMs: number;
  readonly lines: ReturnType<typeof linesOf>;
}

/** Clients are made here, and nothing is called. */
export function foundationOf(
  settings: Settings,
  config: BrokerConfig,
  environment: Environment,
  writeLine: WriteLine,
): Foundation {
  const signer = identityOf(settings.signerClientId);
  const client = ({ endpoint, table }: Settings['auditTable']) => auditTableClient(endpoint, table, signer);
  const own = {
    clock: () => new Date(),
    instance: `${environment['WEBSITE_INSTANCE_ID']?.slice(0, 16) ?? 'instance'}-${randomBytes(8).toString('hex')}`,
    shard: randomInt(SHARDS),
    lines: linesOf(writeLine),
    auditTable: client(settings.auditTable),
  };
  return {
    ...{ settings, config, signer, rotator: identityOf(settings.rotatorClientId), ...own },
    stateTable: client(settings.stateTable),
    audit: tableAuditLog({
      client: own.auditTable,
      instance: own.instance,
      shard: own.shard,
      clock: own.clock,
      onFault: own.lines.onAuditFault,
    }),
    callTimeoutMs: settings.requestTimeoutSeconds * 800,
  };
}

function identityOf(clientId: string | null): TokenCredential {
  return clientId === null ? new ManagedIdentityCredential() : new ManagedIdentityCredential({ clientId });
}
