import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFolder } from './project-paths.ts';
import { rotatorClientId, signerClientId } from './sample-callers.ts';
import { auditTable, brokerAccount, stateTable } from './seed.ts';
import type { Stack } from './stack.ts';
import { writeWhole } from './state-file.ts';

/** The sample's settings with this run's addresses; those override the shell's, which must not lead to a real Azure. */
export function environmentFor(stack: Stack, settings: Record<string, string> = {}): NodeJS.ProcessEnv {
  const sample = JSON.parse(readFileSync(join(projectFolder, 'local.settings.sample.json'), 'utf8')) as {
    Values: Record<string, string>;
    Host: { CORS: string };
  };
  const storage = ['blob', 'queue', 'table'] as const;
  const webJobs = storage.reduce(
    (text, service, index) => text.replace(`https://127.0.0.1:${10_000 + index}`, stack[service]),
    sample.Values['AzureWebJobsStorage'] ?? '',
  );
  return {
    ...sample.Values,
    HOST_CORS: sample.Host.CORS,
    ...process.env,
    AzureWebJobsStorage: webJobs,
    BROKER_CONFIG: writeBrokerConfig(stack),
    KEY_VAULT_URL: stack.keyVault,
    RESOURCE_MANAGER_URL: stack.resourceManager,
    AUDIT_TABLE_URL: `${stack.table}/${brokerAccount}/${auditTable}`,
    STATE_TABLE_URL: `${stack.table}/${brokerAccount}/${stateTable}`,
    IDENTITY_ENDPOINT: stack.identity.endpoint,
    IDENTITY_HEADER: stack.identity.header,
    SIGNER_CLIENT_ID: signerClientId,
    ROTATOR_CLIENT_ID: rotatorClientId,
    NODE_EXTRA_CA_CERTS: stack.certificate.caFile,
    NO_PROXY: [process.env['NO_PROXY'], '127.0.0.1', 'localhost'].filter(Boolean).join(','),
    ...settings,
  };
}

function writeBrokerConfig(stack: Stack): string {
  const file = join(stack.folder, 'broker.json');
  const template = readFileSync(join(import.meta.dirname, 'broker.template.json'), 'utf8');
  const places = { BLOB: stack.blob, QUEUE: stack.queue, TABLE: stack.table, ISSUER: stack.issuer.url };
  const filled = Object.entries(places).reduce(
    (text, [name, url]) => text.replaceAll(`__${name}__`, url),
    template,
  );
  writeWhole(file, filled);
  return file;
}
