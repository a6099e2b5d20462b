import { describe, expect, it } from 'vitest';
import { SERVICES } from '../../../shared/azure/services.ts';
import { correlationId, parseCorrelationId } from '../../../shared/audit/correlation-id.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import type { Grant, StorageAccount } from '../../../shared/config/broker-config.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { issueToken } from '../../../shared/issuing/issue-token.ts';
import { issuedTokenSchema } from '../../../shared/issuing/issued-token.ts';
import type { IssuingCall, IssuingPorts } from '../../../shared/issuing/issuing-ports.ts';
import type { TokenRequest } from '../../../shared/requests/token-request.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';
import { MemoryAccountKeys } from '../../fakes/memory-account-keys.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { NO_BLOCKS } from '../../fakes/memory-blocks.ts';
import { MemoryDelegationKeys } from '../../fakes/memory-delegation-keys.ts';
import { memoryPolicyKeeper } from '../../fakes/memory-stored-policies.ts';

const now = new Date('2026-11-22T12:00:00Z');
const accountKey = Buffer.alloc(64, 9).toString('base64');

function setUp(parts: Partial<StorageAccount> = {}, grants = [grant()]) {
  const accountKeys = new MemoryAccountKeys();
  accountKeys.publish('media', accountKey);
  const audit = memoryAuditLog();
  const logged: string[] = [];
  let suffixes = 0;
  let clock = now;
  const ports: IssuingPorts = {
    config: { accounts: new Map([['media', account(parts)]]), grants },
    accountKeys,
    delegationKeys: new MemoryDelegationKeys(),
    audit,
    blocks: NO_BLOCKS,
    policies: memoryPolicyKeeper(audit, () => clock),
    shard: 3,
    suffix: () => `aaaaaaa${'abcdefgh'[suffixes++]!}`,
    correlationId: (shard, hour) => correlationId({ shard, hour, random: new Uint8Array(9) }),
    monotonicMs: () => 0,
    clock: () => clock,
  };
  const call: IssuingCall = {
    now,
    deadline: addSeconds(now, 10),
    requestId: 'request-1',
    log: (event, fields) => logged.push(JSON.stringify({ event, ...fields })),
  };
  const issue = (request: Partial<TokenRequest> = {}) =>
    issueToken(ports, caller(), tokenRequest(request), call);
  return { issue, audit, accountKeys, logged, ports, call, setClock: (to: Date) => (clock = to) };
}

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  try {
    await work;
    return 'none';
  } catch (error) {
    return error instanceof BrokerError ? error.code : String(error);
  }
};

describe('a refusal', () => {
  const container = { account: 'media', service: 'blob', container: 'uploads' } as const;
  const detailOf = (grants?: Grant[]) =>
    setUp({}, grants)
      .issue({ resource: container })
      .catch((error: unknown) => (error as BrokerError).message);

  it('for a whole container hints at single parts, whether a grant covers it or not', async () => {
    const hint =
      'The permissions create, write apply to single blobs: request one blob by its own URL instead of the whole container.';
    expect(await detailOf()).toBe(
      `None of your grants covers this resource. POST /api/tokens/explain gives details. ${hint}`,
    );
    expect(await detailOf([])).toBe(await detailOf());
    expect(await detailOf([grant({ resources: ['media/blob/uploads'], permissions: 'l' })])).toBe(
      `The request exceeds your grants: grant photo-upload allows l, not cw. You can request at most: permissions l, ttl PT1H, kind user-delegation. ${hint}`,
    );
  });
});

describe('issuing a token', () => {
  it('keeps its row in the hour of its expiry, not of its issue', async () => {
    const { issue, audit } = setUp();
    await issue({ expiresAt: addSeconds(now, 3600) });
    const [record] = audit.records();
    expect(record?.expiresAt).toEqual(addSeconds(now, 3600));
    expect(record?.key).toMatchObject({ shard: 3, hour: '2026112213' });
  });

  it('says what would have been narrower', async () => {
    const { issue } = setUp({}, [grant({ resources: ['media/blob/uploads'] })]);
    const issued = await issue({
      resource: { account: 'media', service: 'blob', container: 'uploads' },
      kind: 'service',
    });
    expect(issued.narrowerKind).toBe('user-delegation');
    expect(issued.hints).toEqual([
      expect.stringContaining('A user-delegation SAS') as string,
      expect.stringContaining('single blobs') as string,
    ]);
  });

  it('records the agent and the bound user, and returns them', async () => {
    const agent = { kind: 'authorized', objectId: 'an-oid' } as const;
    const { issue, audit } = setUp({ hierarchical: true }, [grant({ agents: new Set(['authorized']) })]);
    const issued = await issue({ agent, boundUser: { objectId: 'an-oid', tenantId: 'a-tid' } });
    const fields = { saoid: 'an-oid', sduoid: 'an-oid', skdutid: 'a-tid' };
    expect(Object.fromEntries(new URLSearchParams(issued.token))).toMatchObject(fields);
    for (const told of [issued, audit.records()[0]]) expect(told).toMatchObject({ agent, boundTo: 'an-oid' });
  });

  it('writes the row that describes the token, without the token itself', async () => {
    const { issue, audit } = setUp();
    const issued = await issue({ purpose: 'a test', ip: '203.0.113.7' });
    const [record] = audit.records();
    expect(audit.records()).toHaveLength(1);
    expect(record).toMatchObject({
      key: { shard: 3, hour: '2026112212', fingerprint: issued.fingerprint },
      expiresAt: new Date(issued.expiresAt),
      kind: 'user-delegation',
      permissions: 'cw',
      ip: '203.0.113.7',
      grant: 'photo-upload',
      purpose: 'a test',
      requestId: 'request-1',
      caller: { issuer: 'local', subject: caller().subject, name: 'Uma Uploader' },
    });
    const signature = new URLSearchParams(issued.token).get('sig')!;
    expect(JSON.stringify(record)).not.toContain(signature);
  });

  it('says when it was issued, and for how many whole seconds it lasts', async () => {
    const { ports, call } = setUp();
    const late = { ...call, now: new Date(now.getTime() + 999) };
    const request = tokenRequest({ expiresAt: addSeconds(now, 1000) });
    const issued = await issueToken(ports, caller(), request, late);
    expect(issued).toMatchObject({ issuedAt: '2026-11-22T12:00:00Z', expiresIn: 1000 });
    expect(issuedTokenSchema.parse(issued)).toEqual(issued);
  });

  it.each([
    [{ service: 'blob', container: 'uploads', blob: 'inbox/1.jpg' }, 'https://127.0.0.1:10000/media'],
    [{ service: 'queue', queue: 'jobs' }, 'https://media.queue.core.windows.net'],
    [{ service: 'table', table: 'Inventory' }, 'https://media.table.core.windows.net'],
    [{ service: 'file', share: 'docs' }, 'https://media.file.core.windows.net'],
  ] as const)('names the endpoint of the service of %j', async (parts, endpoint) => {
    const { service } = parts;
    const endpoints = { ...account().endpoints, blob: 'https://127.0.0.1:10000/media' };
    const resources = ['media/blob/uploads/**', 'media/queue/*', 'media/table/*', 'media/file/*'];
    const { issue } = setUp({ endpoints }, [grant({ resources, permissions: 'r' })]);
    const issued = await issue({
      resource: { account: 'media', ...parts },
      permissions: 'r',
      kind: 'service',
    });
    expect(issued).toMatchObject({ endpoint, endpoints: null });
    expect(issued.resource).toMatchObject({ service });
    expect(issued.url.startsWith(`${endpoint}/`)).toBe(true);
  });

  it('names the endpoint of each service that an account SAS covers', async () => {
    const services = new Set(SERVICES);
    const scope = { account: 'media', services, resourceTypes: new Set(['object'] as const) };
    const { issue } = setUp({}, [grant({ permissions: 'r', kinds: ['account'], accountSas: [scope] })]);
    const resource = { account: 'media', services: ['file', 'queue'], resourceTypes: ['object'] } as const;
    const issued = await issue({ resource, permissions: 'r', kind: 'account' });
    expect(issued.endpoint).toBe('https://media.queue.core.windows.net');
    expect(issued.url.startsWith(`${issued.endpoint}/?`)).toBe(true);
    expect(issued.endpoints).toEqual({
      queue: 'https://media.queue.core.windows.net',
      file: 'https://media.file.core.windows.net',
    });
    expect(issuedTokenSchema.parse(issued)).toEqual(issued);
  });

  it('tells a client when to request a new token: after 0.8 of the remaining life', async () => {
    const issued = await setUp().issue({ expiresAt: addSeconds(now, 1000) });
    expect(issued.refreshAfter).toBe('2026-11-22T12:13:20Z');
  });

  it('describes the upload only for a blob that may be written', async () => {
    const wide = grant({ permissions: 'rcw', resources: ['media/blob/uploads/**'] });
    expect((await setUp({}, [wide]).issue({ permissions: 'w' })).request).toMatchObject({ method: 'PUT' });
    expect((await setUp({}, [wide]).issue({ permissions: 'r' })).request).toBeNull();
  });

  it('encodes shard and hour in scid, if the kind and the endpoint support it', async () => {
    const { issue, audit } = setUp();
    const { token } = await issue();
    const scid = new URLSearchParams(token).get('scid')!;
    expect(parseCorrelationId(scid)).toEqual({ shard: 3, hour: '2026112212' });
    expect(audit.records()[0]?.correlationId).toBe(scid);
    expect((await issue({ kind: 'service' })).token).not.toContain('scid');
    expect((await setUp({ unsupportedFields: new Set(['scid']) }).issue()).token).not.toContain('scid');
  });

  it('issues no token without its row', async () => {
    const { issue, audit } = setUp();
    audit.failWith('refuse');
    expect(await codeOf(issue())).toBe('audit_unavailable');
    audit.failWith('lose');
    expect(await codeOf(issue())).toBe('audit_unavailable');
    audit.failWith(null);
    expect(audit.records()).toHaveLength(1);
  });

  it('drops a token whose key became stale before the reply', async () => {
    const { issue, audit, setClock } = setUp({ keyCache: 60, keyStaleMax: 600 });
    setClock(addSeconds(now, 661));
    expect(await codeOf(issue({ kind: 'service' }))).toBe('signing_key_unavailable');
    expect(audit.records()).toHaveLength(1);
    setClock(addSeconds(now, 659));
    expect(await codeOf(issue({ kind: 'service' }))).toBe('none');
  });

  it('drops a token whose key became stale while its row was being written', async () => {
    const { issue, audit, ports, setClock } = setUp({ keyCache: 60, keyStaleMax: 600 });
    const append = audit.append.bind(audit);
    ports.audit.append = async (record, deadline) => {
      const rows = await append(record, deadline);
      setClock(addSeconds(now, 661));
      return rows;
    };
    expect(await codeOf(issue({ kind: 'service' }))).toBe('signing_key_unavailable');
    expect(audit.records()).toHaveLength(1);
  });

  it('writes nothing if there is no key', async () => {
    const { issue, audit, accountKeys } = setUp();
    accountKeys.withdraw('media');
    expect(await codeOf(issue({ kind: 'service' }))).toBe('signing_key_unavailable');
    expect(audit.records()).toEqual([]);
  });

  it('records a denial and names the limit', async () => {
    const { issue, audit } = setUp();
    const refused = await issue({ permissions: 'rcw', purpose: 'too much' }).catch(
      (error: unknown) => error as BrokerError,
    );
    expect(refused).toMatchObject({ code: 'forbidden', errors: [{ path: 'permissions' }] });
    expect((refused as BrokerError).message).toContain('You can request at most: permissions cw, ttl PT1H');
    expect(audit.denials).toMatchObject([
      {
        code: 'forbidden',
        requestId: 'request-1',
        resource: 'media/blob/uploads/inbox/1.jpg',
        purpose: 'too much',
      },
    ]);
    expect(audit.records()).toEqual([]);
  });

  it('refuses even if the denial cannot be written', async () => {
    const { issue, audit } = setUp();
    audit.failWith('refuse');
    expect(await codeOf(issue({ permissions: 'rcw' }))).toBe('forbidden');
  });

  it('logs what a grant in report mode would have allowed', async () => {
    const { issue, logged } = setUp({}, [grant({ mode: 'report', id: 'trial' })]);
    expect(await codeOf(issue())).toBe('forbidden');
    expect(logged.join('\n')).toContain('"grant":"trial"');
  });

  it('returns equal tokens for equal requests, each with its own row', async () => {
    const { issue, audit } = setUp();
    const request = { kind: 'service', expiresAt: addSeconds(now, 600) } as const;
    const [one, other] = [await issue(request), await issue(request)];
    expect(one.token).toBe(other.token);
    expect(one.id).not.toBe(other.id);
    expect(audit.records()).toHaveLength(2);
  });
});
