import { describe, expect, it } from 'vitest';
import { correlationId } from '../../../shared/audit/correlation-id.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
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
  const delegationKeys = new MemoryDelegationKeys();
  let now = start;
  let suffixes = 0;
  const ports: IssuingPorts = {
    config: { accounts: new Map([['media', account()]]), grants: [grant()] },
    accountKeys,
    delegationKeys,
    audit,
    blocks: remembered,
    policies: memoryPolicyKeeper(audit, () => now),
    shard: 3,
    suffix: () => `aaaaaaa${'abcdefgh'[suffixes++ % 8]!}`,
    correlationId: (shard, hour) => correlationId({ shard, hour, random: new Uint8Array(9) }),
    monotonicMs: () => 0,
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
    ...{ ports, setClock, keys: delegationKeys },
    /** Lets `act` happen while rows of tokens are being written. */
    whileWriting: (act: () => unknown) => {
      const append = audit.append.bind(audit);
      audit.append = async (record, deadline) => {
        const rows = await append(record, deadline);
        await act();
        return rows;
      };
    },
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

describe('a token between its row and its reply', () => {
  it.each(kinds)('does not leave if its caller is blocked meanwhile: %s', async (kind) => {
    const { issue, block, whileWriting, audit } = setUp();
    whileWriting(() => block());
    await expect(issue(kind)).rejects.toMatchObject(blocked);
    expect(audit.records()).toHaveLength(1);
    expect(audit.denials).toMatchObject([
      { reason: blocked.message, resource: 'media/blob/uploads/inbox/1.jpg' },
    ]);
  });

  it('does not leave in a batch if its caller is blocked meanwhile', async () => {
    const { batch, block, whileWriting, audit } = setUp();
    whileWriting(() => block());
    expect(await batch(2)).toEqual([blocked.message, blocked.message]);
    expect(audit.records()).toHaveLength(2);
  });

  it('leaves if another caller is blocked, or its caller’s block ends meanwhile', async () => {
    const { issue, block, whileWriting } = setUp();
    whileWriting(() => block({ subject: 'bob' }));
    await issue();
    whileWriting(() => block({ until: start }));
    await issue();
  });

  it('does not leave if by then nobody can tell who is blocked', async () => {
    const { issue, blocks, whileWriting, setClock, audit } = setUp();
    whileWriting(() => {
      blocks.failing = true;
      setClock(60);
    });
    await expect(issue()).rejects.toMatchObject(unavailable);
    expect(audit.records()).toHaveLength(1);
  });

  it('does not leave if its user delegation key is revoked meanwhile; the next one does', async () => {
    const { issue, keys, whileWriting, setClock, audit } = setUp();
    whileWriting(() => (keys.revokedAt ??= addSeconds(start, 1)));
    await expect(issue('user-delegation')).rejects.toMatchObject({ code: 'signing_key_unavailable' });
    expect(audit.records()).toHaveLength(1);
    await issue('service');
    setClock(2);
    await issue('user-delegation');
  });

  it('does not leave if it is unknown by then whether its user delegation key is revoked', async () => {
    const { issue, ports, audit } = setUp();
    ports.delegationKeys.isAlive = () => Promise.reject(new BrokerError('storage_unavailable', 'Unknown.'));
    await expect(issue('user-delegation')).rejects.toMatchObject(unavailable);
    expect(audit.records()).toHaveLength(1);
    await issue('service');
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
