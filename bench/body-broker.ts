import functions, { type HttpHandler } from '@azure/functions';
import { endpoint } from '../functions/endpoint.ts';
import { routes } from '../functions/routes.ts';
import type { AuditLog, StoredAuditRecord } from '../shared/audit/audit-record.ts';
import { auditRow } from '../shared/audit/audit-row.ts';
import { correlationId } from '../shared/audit/correlation-id.ts';
import { denialRow } from '../shared/audit/write-event-rows.ts';
import type { Broker } from '../shared/compose/compose.ts';
import type { IssuingPorts } from '../shared/issuing/issuing-ports.ts';
import { StartTurns } from '../shared/compose/start-turns.ts';
import { CallerLimits } from '../shared/identity/caller-limits.ts';
import { ok } from '../shared/result.ts';
import { account, caller, grant } from '../test/fakes/configuration.ts';
import { MemoryAccountKeys } from '../test/fakes/memory-account-keys.ts';
import { NO_BLOCKS } from '../test/fakes/memory-blocks.ts';
import { MemoryDeaths } from '../test/fakes/memory-deaths.ts';
import { MemoryDelegationKeys } from '../test/fakes/memory-delegation-keys.ts';
import {
  memoryPolicyKeeper,
  MemoryPolicyLedgers,
  MemoryPolicyUses,
  MemoryStoredPolicies,
} from '../test/fakes/memory-stored-policies.ts';
import { SAMPLE_KEY } from '../test/unit/sas/sas-samples.ts';
import { someRecord } from '../test/unit/audit/records.ts';
import { lookupStage } from '../test/unit/issuing/lookups.ts';
import { planWorld } from '../test/unit/revocation/plan-world.ts';

const SUBJECT = caller().subject;
const ORIGIN = { instance: 'bench', shard: 3, suffix: 'aaaaaaaa' };
/** Parameters of every route that has any. */
const PARAMS = {
  id: `3-2026112215-${'0'.repeat(64)}-aaaaaaaa`,
  account: 'media',
  service: 'blob',
  resource: 'uploads',
  policyId: 'readers',
};

/** Makes every row that the broker would write, and keeps none. */
function forgetfulAuditLog(): AuditLog {
  const record: StoredAuditRecord = {
    ...someRecord({ caller: { issuer: 'local', subject: SUBJECT, name: null, ip: null } }),
    completion: null,
  };
  return {
    async append(one) {
      auditRow(one, ORIGIN.instance);
      return 1;
    },
    async appendDenial(denial) {
      denialRow(denial, ORIGIN);
    },
    appendCompletion: () => Promise.resolve(),
    appendEvent: () => Promise.resolve(),
    async find() {
      return record;
    },
    async findByFingerprint() {
      return { records: [record], scannedAll: true };
    },
  };
}

/** More than any benchmark sends. */
const NO_LIMITS = { concurrent: 1_000_000, perMinute: 100_000_000 };

/** Returns a broker whose pipeline is the real one and whose services are in memory. The bearer token is not verified. */
function memoryBroker(audit: AuditLog): Broker {
  const config = {
    accounts: new Map([['media', account()]]),
    grants: [grant()],
    issuers: [],
    roles: { auditor: [{ issuer: 'local', claims: {} }], operator: [{ issuer: 'local', claims: {} }] },
  };
  const accountKeys = new MemoryAccountKeys();
  accountKeys.publish('media', SAMPLE_KEY);
  const clock = () => new Date();
  const policies = new MemoryStoredPolicies();
  policies.make({ account: account(), service: 'blob', name: 'uploads' });
  const parts = {
    policies,
    ledgers: new MemoryPolicyLedgers(),
    uses: new MemoryPolicyUses(),
    deaths: new MemoryDeaths(),
  };
  const plans = planWorld();
  const issuing: IssuingPorts = {
    config,
    accountKeys,
    delegationKeys: new MemoryDelegationKeys(),
    audit,
    blocks: NO_BLOCKS,
    policies: memoryPolicyKeeper(audit, clock, parts),
    shard: ORIGIN.shard,
    suffix: () => ORIGIN.suffix,
    correlationId: (shard: number, hour: string) => correlationId({ shard, hour, random: new Uint8Array(9) }),
    clock,
    monotonicMs: () => performance.now(),
  };
  const broker = {
    settings: { requestTimeoutSeconds: 10, trustedProxyHops: 0 },
    config,
    clock,
    monotonicMs: () => performance.now(),
    eventLoopDelayMs: () => 0,
    startTurns: new StartTurns(() => performance.now(), 2500),
    callerLimits: new CallerLimits(NO_LIMITS),
    bearerTokens: { verify: () => Promise.resolve(caller()) },
    issuing,
    lookup: { ...lookupStage().ports, config, audit, clock },
    rotation: plans.ports.rotation,
    revocation: plans.ports,
    scans: plans.ports.scans,
  };
  return broker as unknown as Broker;
}

/** Sends a body to a route and returns the length of the reply in bytes. */
export type Send = (body: string) => Promise<number>;

/**
 * Returns what sends bodies through the real pipeline to the handler of the route with this name.
 * @param audit where rows go; by default nowhere.
 */
export function sender(name: string, audit = forgetfulAuditLog()): Send {
  const route = routes.find((one) => one.name === name);
  if (route === undefined) throw new Error(`There is no route ${name}.`);
  const handler: HttpHandler = endpoint(route, ok(memoryBroker(audit)));
  const context = new functions.InvocationContext({
    functionName: name,
    invocationId: 'bench',
    logHandler: () => undefined,
  });
  return async (body) => {
    const request = new functions.HttpRequest({
      method: route.method,
      url: `http://broker.example/api/${route.route}`,
      headers: { authorization: 'Bearer a', 'content-type': 'application/json' },
      body: { string: body },
      params: PARAMS,
    });
    const reply = await handler(request, context);
    const response = reply as { status: number; body?: string };
    if (response.status === 500) throw new Error(`${name} answered 500 to ${body.slice(0, 200)}`);
    return Buffer.byteLength(response.body ?? '');
  };
}
