import { ScanGate } from '../../../shared/audit/scan-gate.ts';
import { clockSkewOf, type StorageAccount } from '../../../shared/config/broker-config.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { keyIdOf } from '../../../shared/keys/key-hash.ts';
import type { LeverName } from '../../../shared/revocation/lever.ts';
import type { LiveToken } from '../../../shared/revocation/live-token.ts';
import { planRevocation } from '../../../shared/revocation/plan-revocation.ts';
import { resolveOrder } from '../../../shared/revocation/resolve-order.ts';
import { type RevocationPlan, revocationPlanSchema } from '../../../shared/revocation/revocation-plan.ts';
import type { RevocationPorts } from '../../../shared/revocation/revocation-ports.ts';
import type { RequestedAct } from '../../../shared/revocation/revocation-request.ts';
import type { RevocationTarget } from '../../../shared/revocation/revocation-target.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { account } from '../../fakes/configuration.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { MemoryDeaths } from '../../fakes/memory-deaths.ts';
import { memoryPolicyKeeper } from '../../fakes/memory-stored-policies.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { liveToken, memoryLiveTokens, REQUEST_DEADLINE, start, times } from './revocation-world.ts';

export const otherTimes = { ...times, clockSkew: 90 };

/** Returns a token that a key of the sample journals signed. */
export const ofKey = (key: 'key1' | 'key2' | null, parts: Partial<LiveToken> = {}): LiveToken =>
  liveToken({ signedWith: { keyId: key && keyIdOf(someJournal().hashes[key]) }, ...parts });

/** Returns a user delegation token. */
export const delegated = (parts: Partial<LiveToken> = {}, startsAt = start): LiveToken =>
  liveToken({ signedWith: { delegationKeyStartsAt: startsAt }, delegator: 'broker-oid', ...parts });

export const bob = { caller: { issuer: 'local', subject: 'bob', name: null } };

/** What plans are made from, in memory: by default the rotated accounts `media` and `archive`. */
export function planWorld(
  accounts: StorageAccount[] = [
    account({ rotation: times }),
    account({ name: 'archive', rotation: otherTimes }),
  ],
) {
  const journals = new Map<string, RotationJournal>(
    accounts.map(({ name }) => [name, someJournal({ account: name })]),
  );
  const deaths = new MemoryDeaths();
  const tokens: LiveToken[] = [];
  const audit = memoryAuditLog();
  const policies = memoryPolicyKeeper(audit, () => start);
  const log: string[] = [];
  const rotation = {
    journals: {
      load: (name: string) => Promise.resolve({ journal: journals.get(name) ?? null, etag: null }),
    },
    deaths,
    log: (event: string) => log.push(event),
  };
  const ports = {
    accounts: new Map(accounts.map((one) => [one.name, one])),
    rotation,
    records: audit,
    liveTokens: memoryLiveTokens(tokens, 2),
    scans: new ScanGate(),
    policies,
    blocksOf: () => Promise.resolve(0),
    requestTimeoutSeconds: REQUEST_DEADLINE,
  } as unknown as RevocationPorts;
  const call = { by: 'local/otto', byName: null, now: start, deadline: addSeconds(start, REQUEST_DEADLINE) };
  return {
    ports,
    journals,
    deaths,
    tokens,
    audit,
    policies,
    log,
    call,
    skew: clockSkewOf(accounts[0]),
    async plan(
      target: RevocationTarget,
      lever: LeverName | null = null,
      over: Partial<RevocationPorts> = {},
    ): Promise<RevocationPlan> {
      const plan = await planRevocation({ ...ports, ...over }, { target, lever, act: null }, call);
      return revocationPlanSchema.parse(plan);
    },
    resolve: (target: RevocationTarget, lever: LeverName, parts: Partial<RequestedAct> = {}) => {
      const act = { lever, reason: 'leaked', planHash: null, plannedAt: null, block: false, ...parts };
      return resolveOrder(ports, target, act, call);
    },
  };
}

/** Returns the levers of a plan as `[name, what it acts on, tokens, besides]`. */
export const leversOf = ({ levers }: RevocationPlan): unknown[] =>
  levers.map(({ lever, on, kills }) => [
    lever,
    [on.account, on.service, on.container, on.policy, on.key].filter(Boolean).join('/'),
    kills.tokens,
    kills.besides,
  ]);
