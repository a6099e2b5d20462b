import { ScanGate } from '../../../shared/audit/scan-gate.ts';
import type { KeyName } from '../../../shared/azure/services.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { continueRevocations } from '../../../shared/revocation/continue-revocations.ts';
import { ProofMemory } from '../../../shared/revocation/proof-memory.ts';
import type { LiveToken, LiveTokenReader } from '../../../shared/revocation/live-token.ts';
import { hashKey, keyIdOf } from '../../../shared/keys/key-hash.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import type { Lever } from '../../../shared/revocation/lever.ts';
import type { RevocationPorts } from '../../../shared/revocation/revocation-ports.ts';
import type { RevocationOrder } from '../../../shared/revocation/revocation-request.ts';
import type { RevocationTarget } from '../../../shared/revocation/revocation-target.ts';
import { advanceRotation } from '../../../shared/rotation/advance-rotation.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import type { RotationPorts } from '../../../shared/rotation/rotation-ports.ts';
import { rotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { account } from '../../fakes/configuration.ts';
import { memoryBlockPorts } from '../../fakes/memory-blocks.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { MemoryAzure } from '../../fakes/memory-azure.ts';
import {
  memoryPolicyKeeper,
  MemoryPolicyLedgers,
  MemoryPolicyUses,
  MemoryStoredPolicies,
} from '../../fakes/memory-stored-policies.ts';
import { MemoryEffects } from '../../fakes/memory-effects.ts';
import { MemoryDelegationProbes } from '../../fakes/memory-delegation-probes.ts';
import { memoryRotationPorts } from '../../fakes/memory-rotation-ports.ts';

export const start = new Date('2026-11-22T12:00:00Z');
export const REQUEST_DEADLINE = 10;
export const times = { every: 30 * 86_400, takeOver: true, overlap: 60, settle: 120, clockSkew: 30 };

/** Returns a live token of `ann` for one blob, issued at `start` for an hour by an unknown key, with changes. */
export function liveToken(parts: Partial<LiveToken> = {}): LiveToken {
  return {
    id: `token-${Math.random()}`,
    issuedAt: start,
    expiresAt: addSeconds(start, 3600),
    account: 'media',
    grant: 'read',
    services: ['blob'],
    place: 'photos',
    policy: null,
    caller: { issuer: 'local', subject: 'ann', name: 'Ann' },
    signedWith: { keyId: null },
    delegator: null,
    ...parts,
  };
}

/** Reads tokens in memory, `pageSize` at a time. */
export function memoryLiveTokens(tokens: readonly LiveToken[], pageSize = 1000): LiveTokenReader {
  return {
    scan({ account: name, expiresAfter, issuedSince }, take) {
      const found = tokens.filter(
        ({ account: of, expiresAt, issuedAt }) =>
          (name === null || of === name) &&
          expiresAt > expiresAfter &&
          (issuedSince === null || issuedAt >= issuedSince),
      );
      for (let from = 0; from < found.length; from += pageSize) take(found.slice(from, from + pageSize));
      return Promise.resolve({ scannedAll: true });
    },
  };
}

/**
 * Makes one broker instance with the account `media` on an Azure in memory. Its clock moves only when a test says so.
 * `closed`: the account does not accept shared keys.
 */
export function revocationWorld({
  takeOver = true,
  settle = times.settle,
  clockSkew = times.clockSkew,
  closed = false,
} = {}) {
  let now = start;
  const clock = () => now;
  const pass = (seconds: number): void => void (now = addSeconds(now, seconds));
  const azure = new MemoryAzure({ clock });
  azure.addAccount('media', addSeconds(start, -86_400));
  const rotated = { ...times, takeOver, settle, clockSkew };
  const media = account({ rotation: rotated, allowSharedKeyAccess: !closed });
  const effects = new MemoryEffects(azure);
  const { publishedSecrets: secrets, keyProbe: probe, ...adapters } = memoryRotationPorts(effects);
  const audit = memoryAuditLog();
  const proofs = new ProofMemory();
  const logs: Record<string, string | null>[] = [];
  const rotation: RotationPorts = {
    ...adapters,
    secrets,
    probe,
    events: audit,
    onReplaced: (name, value) => proofs.rememberKey(name, value),
    clock,
    instance: 'one',
    log: (event, fields) => void logs.push({ event, ...fields }),
  };
  const tokens: LiveToken[] = [];
  const policies = memoryPolicyKeeper(audit, clock, {
    policies: new MemoryStoredPolicies(),
    ledgers: new MemoryPolicyLedgers(),
    uses: new MemoryPolicyUses(),
    deaths: azure.deaths,
  });
  const accounts = new Map([['media', media]]);
  const ports: RevocationPorts = {
    accounts,
    rotation,
    proofs,
    random: policies.random,
    delegationProbes: new MemoryDelegationProbes(azure),
    records: audit,
    liveTokens: memoryLiveTokens(tokens),
    scans: new ScanGate(),
    policies,
    blocks: memoryBlockPorts({ events: audit, clock }),
    pause: async (milliseconds) => pass(milliseconds / 1000),
    requestTimeoutSeconds: REQUEST_DEADLINE,
  };
  const waits = rotationWaits(media, REQUEST_DEADLINE)!;
  const tick = () => advanceRotation(rotation, media, waits);
  /** What the timer does after the rotation. */
  const continueOrders = () => continueRevocations(ports, [media]);
  return {
    azure,
    media,
    effects,
    audit,
    ports,
    tokens,
    policies,
    tick,
    continueOrders,
    proofs,
    /** What was logged: the event and its fields. */
    logs,
    pass,
    deaths: () => azure.deaths.list('media'),
    clock,
    /** Returns an order to pull a lever of a target, with the changes in `parts`; forced unless they have a hash. */
    order: (
      target: RevocationTarget,
      lever: Lever,
      parts: Partial<RevocationOrder> = {},
    ): RevocationOrder => ({
      target,
      lever,
      account: media,
      reason: 'leaked',
      planHash: null,
      plannedAt: null,
      toBlock: null,
      ...parts,
    }),
    call: () => ({ by: 'local/otto', byName: null, now, deadline: addSeconds(now, REQUEST_DEADLINE) }),
    journal: async (): Promise<RotationJournal> => (await rotation.journals.load('media')).journal!,
    /** Lets ticks run until the account is at rest. */
    async settle(): Promise<RotationJournal> {
      for (let ticks = 0; ticks < 50; ticks += 1) {
        const journal = await tick();
        if (journal?.phase === 'steady' || journal?.phase === 'observed')
          if (journal.compromised.length === 0) return journal;
        pass(60);
      }
      throw new Error('The rotation does not end');
    },
    value: (key: KeyName) => azure.account('media').keys[key].value,
    /** The id of a key's present value, as rows hold it. */
    keyId: (key: KeyName) => keyIdOf(hashKey(new SecretText(azure.account('media').keys[key].value))),
  };
}
