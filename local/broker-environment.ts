import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSampleSettings } from './local-settings.ts';
import { purgerClientId, rotatorClientId, signerClientId } from './sample-callers.ts';
import { auditTable, brokerAccount, stateTable } from './seed.ts';
import type { Stack } from './stack.ts';
import { writeAtomically } from './state-file.ts';

/**
 * Builds the broker's environment. From weakest to strongest: the sample settings, this process's environment, the
 * addresses of `stack`, and `settings`. The stack's addresses override this process's environment so that the broker
 * cannot reach a real Azure by accident.
 */
export function buildBrokerEnvironment(
  stack: Stack,
  settings: Record<string, string> = {},
): NodeJS.ProcessEnv {
  const sample = readSampleSettings();
  return {
    ...sample.Values,
    HOST_CORS: sample.Host.CORS,
    HOST_FRONT_END: 'true',
    ...process.env,
    ...buildStackSettings(stack),
    NO_PROXY: [process.env['NO_PROXY'], '127.0.0.1', 'localhost'].filter(Boolean).join(','),
    ...settings,
  };
}

/** Returns the settings that depend on the stack, with absolute paths. Writes the file that BROKER_CONFIG names. */
export function buildStackSettings(stack: Stack): Record<string, string> {
  const { blob, queue, table } = stack.hostStorage;
  return {
    AzureWebJobsStorage: (readSampleSettings().Values['AzureWebJobsStorage'] ?? '')
      .replace('http://127.0.0.1:10003', blob)
      .replace('http://127.0.0.1:10004', queue)
      .replace('http://127.0.0.1:10005', table),
    BROKER_CONFIG: writeBrokerConfig(stack),
    KEY_VAULT_URL: stack.keyVault,
    RESOURCE_MANAGER_URL: stack.resourceManager,
    AUDIT_TABLE_URL: `${stack.table}/${brokerAccount}/${auditTable}`,
    STATE_TABLE_URL: `${stack.table}/${brokerAccount}/${stateTable}`,
    IDENTITY_ENDPOINT: stack.identity.endpoint,
    IDENTITY_HEADER: stack.identity.header,
    SIGNER_CLIENT_ID: signerClientId,
    ROTATOR_CLIENT_ID: rotatorClientId,
    PURGER_CLIENT_ID: purgerClientId,
    NODE_EXTRA_CA_CERTS: stack.certificate.caFile,
  };
}

function writeBrokerConfig(stack: Stack): string {
  const file = join(stack.folder, 'broker.json');
  const template = readFileSync(join(import.meta.dirname, 'broker.template.json'), 'utf8');
  const config = template
    .replaceAll('__BLOB__', stack.blob)
    .replaceAll('__QUEUE__', stack.queue)
    .replaceAll('__TABLE__', stack.table)
    .replaceAll('__ISSUER__', stack.issuer.url);
  writeAtomically(file, config);
  return file;
}
