import { describe, expect, it } from 'vitest';
import { correlationId } from '../../../shared/audit/correlation-id.ts';
import type { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { issueBatch } from '../../../shared/issuing/issue-batch.ts';
import { issueToken } from '../../../shared/issuing/issue-token.ts';
import type { IssuingPorts } from '../../../shared/issuing/issuing-ports.ts';
import { ok } from '../../../shared/result.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';
import { MemoryAccountKeys } from '../../fakes/memory-account-keys.ts';
import { MemoryDelegationKeys } from '../../fakes/memory-delegation-keys.ts';
import { memoryPolicyKeeper } from '../../fakes/memory-stored-policies.ts';
import { blocksWorld, start } from '../revocation/blocks-world.ts';

const kinds = ['service', 'user-delegation'] as const;
const blocked = { code: 'forbidden', message: 'This caller is blocked.' };
const unavailable = { code: 'storage_unavailable' };

function setUp() {
  const world = blocksWorld();
  const { audit, remembered } = world;
  const accountKeys = new MemoryAccountKeys();
  accountKeys.publish('media', Buffer.alloc(64, 9).toString('base64'));
  let now = start;
  let suffixes = 0;
  const ports: IssuingPorts = {
    config: { accounts: new Map([['media', account()]]), grants: [grant()] },
    accountKeys,
    delegationKeys: new MemoryDelegationKeys(),
    audit,
    blocks: remembered,
    policies: memoryPolicyKeeper(audit, () => now),
    shard: 3,
    suffix: () => `aaaaaaa${'abcdefgh'[suffixes++ % 8]!}`,
    correlationId: (shard, hour) => correlationId({ shard, hour, random: new Uint8Array(9) }),
    clock: () => now,
  };
  const call = () => ({
    now,
    deadline: addSeconds(now, 10),
    requestId: 'request-1',
    log: () => undefined,
  });
  const setClock = (seconds: number) => {
    now = addSeconds(start, seconds);
    world.setClock(seconds);
  };
  return {
    ...world,
    ...{ ports, setClock },
    block: (parts: object = {}) => world.block({ ...caller(), ...parts }),
    issue: (kind: (typeof kinds)[number] = 'service', who = caller()) =>
      issueToken(ports, who, tokenRequest({ kind }), call()),
    batch: async (count: number) => {
      const outcomes = await issueBatch(
        ports,
        caller(),
        Array.from({ length: count }, () => ok(tokenRequest())),
        call(),
      );
      return outcomes.map((one) =>
        one.status === 'fulfilled' ? 'issued' : (one.reason as BrokerError).message,
      );
    },
  };
}

describe('a blocked caller', () => {
  it.each(kinds)('gets no %s token, and the denial is recorded without a row for a token', async (kind) => {
    const { issue, block, audit } = setUp();
    await block();
    await expect(issue(kind)).rejects.toMatchObject({ ...blocked, errors: [] });
    expect(audit.records()).toEqual([]);
    expect(audit.denials).toMatchObject([
      {
        ...{ code: 'forbidden', reason: 'This caller is blocked.', permissions: 'cw', kind },
        resource: 'media/blob/uploads/inbox/1.jpg',
        caller: { subject: caller().subject },
      },
    ]);
  });

  it('is refused each request of a batch', async () => {
    const { batch, block, audit } = setUp();
    expect(await batch(1)).toEqual(['issued']);
    await block();
    expect(await batch(3)).toEqual(Array(3).fill(blocked.message));
    expect(audit.denials).toHaveLength(3);
  });

  it('gets tokens again once the block is removed or ends', async () => {
    const { issue, block, blocks, remembered, setClock } = setUp();
    const { block: placed } = await block();
    await expect(issue()).rejects.toMatchObject(blocked);
    await blocks.remove(placed);
    remembered.noteUnblocked(placed);
    await issue();
    await block({ until: addSeconds(start, 30) });
    setClock(29);
    await expect(issue()).rejects.toMatchObject(blocked);
    setClock(30);
    await issue();
  });

  it('does not affect callers with another subject or issuer', async () => {
    const { issue, block } = setUp();
    await block({ issuer: 'other' });
    await block({ subject: 'bob' });
    await issue();
    await expect(issue('service', caller({ subject: 'bob' }))).rejects.toMatchObject(blocked);
  });
});

describe('if it is unknown who is blocked', () => {
  it('no token is issued, one by one or in a batch', async () => {
    const { issue, batch, blocks, audit, setClock } = setUp();
    blocks.failing = true;
    await expect(issue()).rejects.toMatchObject(unavailable);
    await expect(batch(2)).rejects.toMatchObject(unavailable);
    blocks.failing = false;
    setClock(2);
    await issue();
    blocks.failing = true;
    setClock(61);
    await issue();
    setClock(62);
    await expect(issue()).rejects.toMatchObject(unavailable);
    await expect(batch(2)).rejects.toMatchObject(unavailable);
    expect(audit.denials).toEqual([]);
  });

  it('tokens do not read the table one by one', async () => {
    const { issue, batch, blocks } = setUp();
    for (const kind of [...kinds, ...kinds]) await issue(kind);
    await batch(8);
    expect(blocks.reads).toBe(1);
  });
});
