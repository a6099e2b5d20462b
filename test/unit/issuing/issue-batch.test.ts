import { describe, expect, it } from 'vitest';
import { auditWriteFailure } from '../../../shared/audit/audit-unavailable.ts';
import { correlationId } from '../../../shared/audit/correlation-id.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import { BATCH_LIMITS } from '../../../shared/input/body-limits.ts';
import { scanJson } from '../../../shared/input/scan-json.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { type BatchItem, issueBatch, parseBatch } from '../../../shared/issuing/issue-batch.ts';
import type { IssuingPorts } from '../../../shared/issuing/issuing-ports.ts';
import type { TokenRequest } from '../../../shared/requests/token-request.ts';
import { fail, ok } from '../../../shared/result.ts';
import { ledgerKey } from '../../../shared/stored-policies/policy-ledger.ts';
import { account, caller, grant, tokenRequest } from '../../fakes/configuration.ts';
import { MemoryAccountKeys } from '../../fakes/memory-account-keys.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { NO_BLOCKS } from '../../fakes/memory-blocks.ts';
import { MemoryDelegationKeys } from '../../fakes/memory-delegation-keys.ts';
import { memoryPolicyKeeper } from '../../fakes/memory-stored-policies.ts';

const start = new Date('2026-11-22T12:00:00Z');
const media = account();
const place = { account: media, service: 'blob', name: 'photos' } as const;
const photos = { account: 'media', service: 'blob', container: 'photos' } as const;
const plain = tokenRequest({ resource: photos, permissions: 'r', kind: 'service' });

function parse(text: string, read: (request: unknown) => TokenRequest) {
  const scan = scanJson(text, BATCH_LIMITS, 'requests');
  if (!scan.ok) throw new Error(scan.fault.message);
  return parseBatch(JSON.parse(text), scan.value.items, read);
}

/** The clock advances by a tenth of a second each time it is read. */
function setUp() {
  let looks = 0;
  const clock = () => new Date(start.getTime() + (looks += 1) * 100);
  const accountKeys = new MemoryAccountKeys();
  accountKeys.publish('media', Buffer.alloc(64, 9).toString('base64'));
  const audit = memoryAuditLog();
  const policies = memoryPolicyKeeper(audit, clock);
  policies.policies.make(place);
  const ports: IssuingPorts = {
    config: {
      accounts: new Map([['media', media]]),
      grants: [grant({ id: 'g', resources: ['media/blob/photos'], permissions: 'r' })],
    },
    accountKeys,
    delegationKeys: new MemoryDelegationKeys(),
    audit,
    blocks: NO_BLOCKS,
    policies,
    shard: 3,
    suffix: () => 'aaaaaaaa',
    correlationId: (shard, hour) => correlationId({ shard, hour, random: new Uint8Array(9) }),
    monotonicMs: () => 0,
    clock,
  };
  const call = {
    now: start,
    deadline: addSeconds(start, 10),
    requestId: 'request-1',
    log: () => undefined,
  };
  const issue = async (items: readonly BatchItem[]) => {
    const outcomes = await issueBatch(ports, caller(), items, call);
    return outcomes.map((outcome) =>
      outcome.status === 'fulfilled' ? 'issued' : (outcome.reason as BrokerError).code,
    );
  };
  return { issue, audit, policies, clock, deadline: call.deadline };
}

describe('a batch', () => {
  it('writes its rows together, and a row that fails affects only its own token', async () => {
    const { issue, audit } = setUp();
    let appended = 0;
    const perTurn: number[] = [];
    audit.append = async () => {
      if (appended === 0)
        setImmediate(() => {
          perTurn.push(appended);
          appended = 0;
        });
      appended += 1;
      if (appended === 2) throw auditWriteFailure('told to fail');
      return 3;
    };
    const denied = tokenRequest({ resource: { ...photos, container: 'secret' } });
    const faulty = new BrokerError('invalid_request', 'Not valid.');
    expect(await issue([ok(plain), fail(faulty), ok(plain), ok(denied), ok(plain)])).toEqual([
      'issued',
      'invalid_request',
      'audit_unavailable',
      'forbidden',
      'issued',
    ]);
    await new Promise((resolve) => setImmediate(resolve));
    expect(perTurn).toEqual([3]);
  });

  it('is not delayed by a request whose policy stays leased: the other rows are written in time', async () => {
    const { issue, audit, policies, clock, deadline } = setUp();
    const lease = { holder: 'other', durationSeconds: 60, blockedPolicies: [] };
    policies.ledgers.rows.set(ledgerKey(place), { ledger: { lease, managed: [], changed: [] }, etag: 'x' });
    let left = 0;
    const append = audit.append.bind(audit);
    audit.append = (record, until) => {
      left = until.getTime() - clock().getTime();
      expect(until).toEqual(deadline);
      return append(record, until);
    };
    const revocable = { ...plain, revocable: true };
    expect(await issue([ok(plain), ok(revocable), ok(plain)])).toEqual(['issued', 'conflict', 'issued']);
    expect(left).toBeGreaterThan(2000);
  });

  it.each<[unknown, string, string]>([
    [null, '', 'must be a JSON object'],
    [[], '', 'must be a JSON object'],
    [{}, 'requests', 'is required'],
    [{ requests: null }, 'requests', 'must be a list'],
    [{ requests: {} }, 'requests', 'must be a list'],
    [{ requests: [] }, 'requests', 'must have at least 1 item'],
    [{ requests: Array(101).fill({}) }, 'requests', 'must have at most 100 items'],
    [{ requests: [{}], more: 1 }, 'more', 'is not a known member; expected one of requests'],
  ])('%j is not a batch', (body, path, message) => {
    const reading = () => parse(JSON.stringify(body), () => plain);
    expect(reading).toThrow(
      expect.objectContaining({ code: 'invalid_request', errors: [{ path, message }] }) as Error,
    );
  });

  it('has 1 to 100 requests, and a request with faults does not affect the others', () => {
    const read = (request: unknown) => {
      if (request === 'faulty') throw new BrokerError('invalid_request', 'Not valid.');
      return plain;
    };
    expect(parse('{"requests":[{}]}', read)).toEqual([ok(plain)]);
    expect(parse(JSON.stringify({ requests: Array(100).fill({}) }), read)).toHaveLength(100);
    const [faulty, fine] = parse('{"requests":["faulty",{}]}', read);
    expect(faulty).toEqual(fail(expect.any(BrokerError)));
    expect(fine).toEqual(ok(plain));
  });

  it('refuses a request that is too long, costly or ambiguous on its own, without reading it', () => {
    const texts = [
      '{"a":1}',
      `{"purpose":"${'é'.repeat(32 * 1024)}"}`,
      `{"purpose":[${Array(999).fill('1').join()}]}`,
      '{"permissions":"r","\\u0070ermissions":"rwd"}',
      `{"purpose":[${Array(998).fill('1').join()}]}`,
    ];
    const seen: unknown[] = [];
    const items = parse(`{"requests":[${texts.join()}]}`, (request) => {
      seen.push(request);
      return plain;
    });
    expect(seen).toEqual([JSON.parse(texts[0]!), JSON.parse(texts[4]!)]);
    expect(items.map((item) => (item.ok ? 'read' : [item.fault.code, item.fault.errors]))).toEqual([
      'read',
      ['payload_too_large', []],
      ['invalid_request', [{ path: '', message: 'must contain at most 1,000 JSON values' }]],
      ['invalid_request', [{ path: 'permissions', message: 'is given more than once' }]],
      'read',
    ]);
  });
});
