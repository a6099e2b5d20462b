import { expect, it } from 'vitest';
import { correlationId } from '../../../shared/audit/correlation-id.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { issueBatch } from '../../../shared/issuing/issue-batch.ts';
import { issueToken } from '../../../shared/issuing/issue-token.ts';
import type { IssuingCall, IssuingPorts } from '../../../shared/issuing/issuing-ports.ts';
import { LOG_EVENTS } from '../../../shared/log-events.ts';
import { ok } from '../../../shared/result.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';
import { MemoryAccountKeys } from '../../fakes/memory-account-keys.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { MemoryDelegationKeys } from '../../fakes/memory-delegation-keys.ts';
import { memoryPolicyKeeper } from '../../fakes/memory-stored-policies.ts';

const now = new Date('2026-11-22T12:00:00Z');

/** Issuing in which each port takes a time of its own. */
function setUp() {
  let elapsedMs = 1000;
  const taking = (ms: number) => void (elapsedMs += ms);
  const audit = memoryAuditLog();
  const keys = new MemoryAccountKeys();
  keys.publish('media', Buffer.alloc(64, 9).toString('base64'));
  const logged: Record<string, unknown>[] = [];
  const append: IssuingPorts['audit']['append'] = async (record, deadline) => {
    await audit.append(record, deadline);
    taking(300.004);
    return 7;
  };
  const ports: IssuingPorts = {
    config: { accounts: new Map([['media', account()]]), grants: [grant()] },
    accountKeys: { current: (...about) => (taking(20), keys.current(...about)) },
    delegationKeys: new MemoryDelegationKeys(),
    audit: { ...audit, append },
    blocks: {
      blockOf: async () => {
        taking(5);
        return null;
      },
    },
    policies: memoryPolicyKeeper(audit, () => now),
    shard: 3,
    suffix: () => 'aaaaaaaa',
    correlationId: (shard, hour) => {
      taking(0.25);
      return correlationId({ shard, hour, random: new Uint8Array(9) });
    },
    clock: () => now,
    monotonicMs: () => elapsedMs,
  };
  const call: IssuingCall = {
    now,
    deadline: addSeconds(now, 10),
    requestId: 'request-1',
    log: (event, fields) => logged.push({ event, ...fields }),
  };
  return { ports, call, logged };
}

it('one line says how long each stage of an issuance took, and with how many rows its own was written', async () => {
  const { ports, call, logged } = setUp();
  const { id, grant: by } = await issueToken(ports, caller(), tokenRequest({ kind: 'service' }), call);
  expect(logged).toEqual([
    {
      event: 'token issued',
      id,
      kind: 'service',
      grant: by,
      account: 'media',
      service: 'blob',
      issuer: caller().issuer,
      subject: caller().subject,
      authorizeMs: 5,
      keyMs: 20,
      signMs: 0.25,
      recordMs: 300,
      confirmMs: 5,
      rowsTogether: 7,
    },
  ]);
  expect(Object.keys(logged[0]!).slice(1).sort()).toEqual([...LOG_EVENTS['token issued'].fields].sort());
});

it('the line has no part of the token, and not what the token is for', async () => {
  const { ports, call, logged } = setUp();
  const { token, id } = await issueToken(ports, caller(), tokenRequest({ kind: 'service' }), call);
  const text = JSON.stringify({ ...logged[0], id: null });
  const signature = new URLSearchParams(token).get('sig')!;
  for (const secret of [
    signature,
    encodeURIComponent(signature),
    'sig=',
    'uploads',
    Buffer.alloc(64, 9).toString('base64'),
  ])
    expect(text).not.toContain(secret);
  expect(id).not.toContain(signature);
});

it('each token of a batch has its line', async () => {
  const { ports, call, logged } = setUp();
  const one = ok(tokenRequest({ kind: 'service' }));
  await issueBatch(ports, caller(), [one, one], call);
  expect(logged.map(({ event, rowsTogether }) => [event, rowsTogether])).toEqual([
    ['token issued', 7],
    ['token issued', 7],
  ]);
});
