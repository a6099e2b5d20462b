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
import { type AcknowledgingAzure, startAcknowledgingAzure } from './acknowledging-azure.ts';
import { type Load, type MeasuredHost, sendAll, startMeasuredHost } from './measured-host.ts';
import { median } from './rounds.ts';

const ROOT = join(import.meta.dirname, '..');
const ROUNDS = 5;
const REQUESTS = 1000;
const WARM_UP = 1500;
export const AT_ONCE = 64;
const ASKED = { permissions: 'cw', container: 'uploads', blob: 'inbox/1.jpg' };

/** What a whole request costs the process that answers it, in processor time, relative to other requests. */
export interface TokenCost {
  /** An audited token less a hello world, relative to the hello world. */
  readonly overHello: number;
  /** An unaudited, unauthenticated token by a cached delegation key, relative to an audited one. */
  readonly cachedSample: number;
  /** The same with a delegation key per call. */
  readonly keyPerCallSample: number;
  /** A token by the last of 1,000 grants, relative to one by the last of 10. */
  readonly grants: number;
  /** Requests to the audit table per token. */
  readonly writes: number;
}

/** Measures requests that arrive 64 at once at a Functions host, over a storage that only acknowledges. */
export async function measureTokenCost(): Promise<TokenCost> {
  const azure = await startAcknowledgingAzure();
  const hosts: MeasuredHost[] = [];
  try {
    const samples = await startSamples(azure);
    hosts.push(samples);
    const few = await startMeasuredBroker(azure, 10);
    hosts.push(few);
    const many = await startMeasuredBroker(azure, 1000);
    hosts.push(many);
    const sampleLoad = (name: string, status: number): Load => ({
      url: `${samples.url}/${name}`,
      headers: {},
      body: JSON.stringify(ASKED),
      status,
    });
    const measures = [
      measureOf(samples, sampleLoad('hello', 200)),
      measureOf(samples, sampleLoad('cachedKey', 201)),
      measureOf(samples, sampleLoad('keyPerCall', 201)),
      measureOf(few, await tokenLoad(azure, few)),
      measureOf(many, await tokenLoad(azure, many)),
    ] as const;
    return await compare(measures, () => azure.writes());
  } finally {
    await Promise.all(hosts.map((host) => host.stop()));
    await azure.stop();
  }
}

/** Returns a function that sends requests and returns the processor time of one, in milliseconds. */
function measureOf(host: MeasuredHost, load: Load): (requests: number) => Promise<number> {
  return async (requests) => {
    const before = await host.cpuMs();
    await sendAll(load, requests, AT_ONCE);
    return ((await host.cpuMs()) - before) / requests;
  };
}

type Measure = ReturnType<typeof measureOf>;

async function compare(
  measures: readonly [Measure, Measure, Measure, Measure, Measure],
  writesSoFar: () => number,
): Promise<TokenCost> {
  for (const measure of measures) await measure(WARM_UP);
  const rounds: Omit<TokenCost, 'writes'>[] = [];
  const writesBefore = writesSoFar();
  for (let round = 0; round < ROUNDS; round += 1) {
    const costs: number[] = [];
    for (const measure of measures) costs.push(await measure(REQUESTS));
    const [hello = NaN, cached = NaN, perCall = NaN, few = NaN, many = NaN] = costs;
    rounds.push({
      overHello: (few - hello) / hello,
      cachedSample: cached / few,
      keyPerCallSample: perCall / few,
      grants: many / few,
    });
  }
  const medianOf = (name: keyof Omit<TokenCost, 'writes'>) => median(rounds.map((round) => round[name]));
  return {
    overHello: medianOf('overHello'),
    cachedSample: medianOf('cachedSample'),
    keyPerCallSample: medianOf('keyPerCallSample'),
    grants: medianOf('grants'),
    writes: (writesSoFar() - writesBefore) / (2 * ROUNDS * REQUESTS),
  };
}

/** Returns the request of the sample caller *uploader*, which only the last grant allows. */
async function tokenLoad(azure: AcknowledgingAzure, { url }: MeasuredHost): Promise<Load> {
  const { permissions, ...parts } = ASKED;
  return {
    url: `${url}/tokens`,
    headers: { authorization: `Bearer ${await azure.issuer.issue('uploader')}` },
    body: JSON.stringify({ permissions, resource: { service: 'blob', ...parts } }),
    status: 201,
  };
}

async function startSamples(azure: AcknowledgingAzure): Promise<MeasuredHost> {
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
  return startMeasuredHost(app, { ...identityOf(azure), BLOB_URL: `${azure.storage}/media` });
}

/** Starts the built broker with that many grants for the same callers; the last one allows `tokenLoad`. */
function startMeasuredBroker(
  azure: AcknowledgingAzure,
  grants: number,
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
