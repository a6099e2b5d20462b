import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { correlationId } from '../../../shared/audit/correlation-id.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { issueToken } from '../../../shared/issuing/issue-token.ts';
import type { IssuingPorts } from '../../../shared/issuing/issuing-ports.ts';
import type { TokenRequest } from '../../../shared/requests/token-request.ts';
import type { PolicyPlace, StoredPolicy } from '../../../shared/stored-policies/stored-policy.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';
import { MemoryAccountKeys } from '../../fakes/memory-account-keys.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { NO_BLOCKS } from '../../fakes/memory-blocks.ts';
import { MemoryDelegationKeys } from '../../fakes/memory-delegation-keys.ts';
import { memoryPolicyKeeper, storedPolicy } from '../../fakes/memory-stored-policies.ts';

const now = new Date('2026-11-22T12:00:00Z');
const place: PolicyPlace = { account: account(), service: 'blob', name: 'photos' };
const photos = { account: 'media', service: 'blob', container: 'photos' } as const;

function setUp(media = account()) {
  const accountKeys = new MemoryAccountKeys();
  accountKeys.publish('media', Buffer.alloc(64, 9).toString('base64'));
  const audit = memoryAuditLog();
  const policies = memoryPolicyKeeper(audit, () => now);
  const grants = [grant({ id: 'g', resources: ['media/blob/photos'], permissions: 'rl' })];
  const ports: IssuingPorts = {
    config: { accounts: new Map([['media', media]]), grants },
    accountKeys,
    delegationKeys: new MemoryDelegationKeys(),
    audit,
    blocks: NO_BLOCKS,
    policies,
    shard: 3,
    suffix: () => 'aaaaaaaa',
    correlationId: (shard, hour) => correlationId({ shard, hour, random: new Uint8Array(9) }),
    monotonicMs: () => 0,
    clock: () => now,
  };
  const call = { now, deadline: addSeconds(now, 10), requestId: 'request-1', log: () => undefined };
  const issue = (parts: Partial<TokenRequest>) =>
    issueToken(ports, caller(), tokenRequest({ resource: photos, permissions: '', ...parts }), call);
  return { issue, audit, policies };
}

const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof BrokerError ? error.code : String(error)),
  );

describe('issuing a token bound to a stored policy', () => {
  it('writes the policy’s letters and expiry to the row and the reply, but not to the token', async () => {
    const { issue, audit, policies } = setUp();
    const expiresAt = addSeconds(now, 600);
    policies.policies.make(place, { policies: [storedPolicy({ permissions: 'rl', expiresAt })] });
    const issued = await issue({ policy: 'readers' });
    expect(issued).toMatchObject({ policy: 'readers', permissions: 'rl', expiresAt: '2026-11-22T12:10:00Z' });
    expect(issued.usableAfter).toBeNull();
    expect(audit.records()).toMatchObject([{ policy: 'readers', permissions: 'rl', expiresAt }]);
    expect(issued.token).toMatch(/(^|&)si=readers(&|$)/);
    expect(issued.token).not.toMatch(/(^|&)(se|sp)=/);
  });

  it('reads nothing for a caller whom no grant covers', async () => {
    const { issue, policies } = setUp();
    // An attempted read would fail with 503.
    policies.policies.failing = 'read';
    const secret = { ...photos, container: 'secret' };
    expect(await codeOf(issue({ policy: 'readers', resource: secret }))).toBe('forbidden');
    expect(await codeOf(issue({ policy: 'readers' }))).toBe('storage_unavailable');
  });

  it('reads nothing for an account with allowSharedKeyAccess: false', async () => {
    const { issue, policies } = setUp(account({ allowSharedKeyAccess: false }));
    policies.policies.failing = 'read';
    expect(await codeOf(issue({ policy: 'readers' }))).toBe('forbidden');
    expect(await codeOf(issue({ permissions: 'r', revocable: true }))).toBe('forbidden');
  });

  it('treats a container that does not exist like one without the policy', async () => {
    expect(await codeOf(setUp().issue({ policy: 'readers' }))).toBe('invalid_request');
    expect(await codeOf(setUp().issue({ permissions: 'r', revocable: true }))).toBe('invalid_request');
  });

  it.each<[string, Partial<StoredPolicy>]>([
    ['widened', { permissions: 'rwl' }],
    ['shortened', { expiresAt: addSeconds(now, 60) }],
  ])('drops a token whose policy was %s while its row was being written', async (_what, change) => {
    const { issue, audit, policies } = setUp();
    const policy = storedPolicy({ permissions: 'l', expiresAt: addSeconds(now, 600) });
    policies.policies.make(place, { policies: [policy] });
    const append = audit.append.bind(audit);
    audit.append = async (record, deadline) => {
      // A check that does not wait for the row sees the policy as it was.
      await pause(20);
      const rows = await append(record, deadline);
      policies.policies.make(place, { policies: [{ ...policy, ...change }] });
      return rows;
    };
    expect(await codeOf(issue({ policy: 'readers' }))).toBe('storage_unavailable');
    expect(audit.records()).toHaveLength(1);
  });
});

describe('issuing a revocable token', () => {
  it('leaves the letters to its managed policy and carries its own expiry', async () => {
    const { issue, audit, policies } = setUp();
    policies.policies.make(place);
    const issued = await issue({ permissions: 'rl', revocable: true });
    expect(issued).toMatchObject({ kind: 'service', permissions: 'rl', usableAfter: '2026-11-22T12:00:30Z' });
    expect(issued.token).toContain(`si=${issued.policy!}`);
    expect(issued.token).toMatch(/(^|&)se=/);
    expect(issued.token).not.toMatch(/(^|&)sp=/);
    expect(audit.records()[0]?.policy).toBe(issued.policy);
  });
});
