import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import {
  audience,
  purgerClientId,
  rotatorClientId,
  signerClientId,
  tenantId,
} from '../local/sample-callers.ts';
import type { AcknowledgingAzure } from './acknowledging-azure.ts';
import { type Load, type MeasuredHost, startMeasuredHost } from './measured-host.ts';

const ROOT = join(import.meta.dirname, '..');
const ASKED = { permissions: 'cw', container: 'uploads', blob: 'inbox/1.jpg' };

/** Returns a request of a function of `apps/samples.ts`. */
export function sampleLoad({ url }: MeasuredHost, name: string, status: number): Load {
  return { url: `${url}/${name}`, headers: {}, body: JSON.stringify(ASKED), status };
}

/** Returns the request of the sample caller *uploader*, which only the last grant allows. */
export async function tokenLoad(azure: AcknowledgingAzure, { url }: MeasuredHost): Promise<Load> {
  const { permissions, ...parts } = ASKED;
  return {
    url: `${url}/tokens`,
    headers: { authorization: `Bearer ${await azure.issuer.issue('uploader')}` },
    body: JSON.stringify({ permissions, resource: { service: 'blob', ...parts } }),
    status: 201,
  };
}

/** Starts the functions that the broker is compared with. */
export async function startSamples(
  azure: AcknowledgingAzure,
  nodeArguments: readonly string[] = [],
): Promise<MeasuredHost> {
  const app = join(azure.folder, 'samples');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{"type":"module","main":"samples.js"}');
  writeFileSync(join(app, 'host.json'), '{"version":"2.0"}');
  await build({
    entryPoints: [join(import.meta.dirname, 'apps/samples.ts')],
    outfile: join(app, 'samples.js'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['@azure/functions-core'],
    banner: {
      js: "import { createRequire as createBundleRequire } from 'node:module';\nconst require = createBundleRequire(import.meta.url);",
    },
  });
  return startMeasuredHost(app, { ...identityOf(azure), BLOB_URL: `${azure.storage}/media` }, nodeArguments);
}

/** Starts the built broker with that many grants for the same callers; the last one allows `tokenLoad`. */
export function startMeasuredBroker(
  azure: AcknowledgingAzure,
  grants: number,
  environment: NodeJS.ProcessEnv = {},
  nodeArguments: readonly string[] = [],
): Promise<MeasuredHost> {
  const file = join(azure.folder, `broker-${grants}.json`);
  writeFileSync(file, JSON.stringify(configuration(azure, grants)));
  const env = {
    ...identityOf(azure),
    BROKER_CONFIG: file,
    KEY_VAULT_URL: 'https://127.0.0.1:1',
    RESOURCE_MANAGER_URL: 'https://127.0.0.1:1',
    AUDIT_TABLE_URL: `${azure.storage}/state/BrokerAudit`,
    STATE_TABLE_URL: `${azure.storage}/state/BrokerState`,
    // Shedding load is not what is measured here.
    REQUEST_DEADLINE: 'PT60S',
    ROTATION_SCHEDULE: '0 0 0 1 1 *',
    PURGE_SCHEDULE: '0 0 0 1 1 *',
    ...environment,
  };
  return startMeasuredHost(ROOT, env, nodeArguments);
}

function identityOf({ identity, certificate }: AcknowledgingAzure): Record<string, string> {
  return {
    SIGNER_CLIENT_ID: signerClientId,
    ROTATOR_CLIENT_ID: rotatorClientId,
    PURGER_CLIENT_ID: purgerClientId,
    IDENTITY_ENDPOINT: identity.endpoint,
    IDENTITY_HEADER: identity.header,
    NODE_EXTRA_CA_CERTS: certificate.caFile,
  };
}

function configuration({ storage, issuer }: AcknowledgingAzure, grants: number): object {
  const grantOf = (id: string, container: string) => ({
    id,
    callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }],
    resources: [`media/blob/${container}/**`],
    permissions: 'cw',
  });
  const endpoint = (service: string) => `${storage}/media${service === 'blob' ? '' : `-${service}`}`;
  return {
    cloud: 'public',
    limits: { perCaller: { concurrent: 5000, perMinute: 1_000_000 } },
    accounts: [
      {
        name: 'media',
        resourceId:
          '/subscriptions/0c0ffee0-0000-4000-8000-0000000000c1/resourceGroups/bench/providers/Microsoft.Storage/storageAccounts/media',
        endpoints: Object.fromEntries(['blob', 'queue', 'table', 'file'].map((one) => [one, endpoint(one)])),
        sasVersion: '2025-11-05',
      },
    ],
    issuers: [
      {
        id: 'local',
        issuer: issuer.url,
        audiences: [audience],
        subject: 'oid',
        require: { tid: tenantId, ver: '2.0' },
      },
    ],
    grants: [
      ...Array.from({ length: grants - 1 }, (_, index) => grantOf(`other-${index}`, `other-${index}`)),
      grantOf('uploads', 'uploads'),
    ],
    roles: {},
  };
}
