import { relative } from 'node:path';
import { projectFolder } from './project-paths.ts';
import { sampleCallers } from './sample-callers.ts';
import { auditTable, brokerAccount, sampleAccounts } from './seed.ts';
import type { Stack } from './stack.ts';

/** The content of `.local/stack.json`: addresses, files and processes of the running stack. */
export interface StackDescription {
  broker: string;
  /** The address of the web console. */
  console: string;
  admin: string;
  issuer: string;
  /** Path relative to the project's folder. */
  ca: string;
  accounts: Record<string, { blob: string; queue: string; table: string }>;
  keyVault: string;
  resourceManager: string;
  auditTable: string;
  /** Path relative to the project's folder. */
  keys: string;
  callers: string[];
  /** `host` is absent if something else serves the broker, such as `func start`. */
  pids: { stack: number; storage: number; host?: number };
}

/** Describes a running stack and where its broker is or will be. Paths are relative to `folder`. */
export function describeStack(
  stack: Stack,
  broker: { url: string; admin: string; pid?: number },
  folder = projectFolder,
): StackDescription {
  const endpoints = sampleAccounts.map((account) => {
    const at = (base: string): string => `${base}/${account}`;
    return [account, { blob: at(stack.blob), queue: at(stack.queue), table: at(stack.table) }] as const;
  });
  return {
    broker: broker.url,
    console: `${broker.url}/console/`,
    admin: broker.admin,
    issuer: stack.issuer.url,
    ca: relative(folder, stack.certificate.caFile),
    accounts: Object.fromEntries(endpoints),
    keyVault: stack.keyVault,
    resourceManager: stack.resourceManager,
    auditTable: `${stack.table}/${brokerAccount}/${auditTable}`,
    keys: relative(folder, stack.keysFile),
    callers: Object.keys(sampleCallers),
    pids: {
      stack: process.pid,
      storage: stack.storagePid,
      ...(broker.pid !== undefined && { host: broker.pid }),
    },
  };
}
