import type { AuditLog } from '../shared/audit/audit-record.ts';
import { auditRow } from '../shared/audit/audit-row.ts';
import { correlationId } from '../shared/audit/correlation-id.ts';
import { groupCommit } from '../shared/audit/group-commit.ts';
import { CallerLimits } from '../shared/identity/caller-limits.ts';
import { RememberedTokens } from '../shared/identity/remembered-tokens.ts';
import { addSeconds } from '../shared/iso-time.ts';
import { issueToken } from '../shared/issuing/issue-token.ts';
import type { IssuingPorts } from '../shared/issuing/issuing-ports.ts';
import type { TableRow } from '../shared/tables/columns.ts';
import type { RowTransport } from '../shared/tables/row-transport.ts';
import { account, caller, grant, tokenRequest } from '../test/fakes/configuration.ts';
import { memoryAuditLog } from '../test/fakes/memory-audit-log.ts';
import { NO_BLOCKS } from '../test/fakes/memory-blocks.ts';
import { MemoryDelegationKeys } from '../test/fakes/memory-delegation-keys.ts';
import { MemoryAccountKeys } from '../test/fakes/memory-account-keys.ts';
import { memoryPolicyKeeper } from '../test/fakes/memory-stored-policies.ts';
import { heapBytes } from './heap.ts';

const FEW = 10_000;
const MANY = 1_000_000;
const AT_ONCE = 64;
/** Each asks once a second of the limits' clock, so their windows are full long before the first measurement. */
const CALLERS = 100;
const CLOCK_MS = 1000 / CALLERS;
/** How many tokens a caller gets with one bearer token: the cache of bearer tokens is full by the first measurement. */
const TOKENS_PER_BEARER = 2;

/**
 * Returns the memory of the process after a million tokens, relative to after ten thousand. Each token passes the limits
 * of its caller, the cache of bearer tokens, the decision, the signer and group commit, 64 at once. The table acknowledges every row and keeps none. Node must run with `--expose-gc`.
 */
export async function measureTokenMemory(many = MANY): Promise<number> {
  const ports = acknowledgingPorts();
  const limits = new CallerLimits({ concurrent: 200, perMinute: 1_000_000 });
  const bearers = new RememberedTokens();
  let issued = 0;
  const issueOne = async () => {
    const now = new Date();
    const subject = `caller-${(issued += 1) % CALLERS}`;
    const bearer = `${subject} ${Math.floor(issued / (CALLERS * TOKENS_PER_BEARER))}`;
    const known = bearers.recall(bearer, now);
    const who = { ...caller({ subject }), ...known };
    if (known === null) bearers.remember(bearer, who, now.getTime() / 1000 + 3600, now);
    const permit = limits.enter(who, issued * CLOCK_MS);
    const call = { now, deadline: addSeconds(now, 60), requestId: `${issued}`, log: () => undefined };
    const request = tokenRequest({
      resource: { account: 'media', service: 'blob', container: 'uploads', blob: `inbox/${issued}` },
    });
    await issueToken(ports, who, request, call);
    permit.release();
  };
  const issueUntil = async (count: number) => {
    while (issued < count) await Promise.all(Array.from({ length: AT_ONCE }, issueOne));
  };
  await issueUntil(FEW);
  const few = heapBytes();
  await issueUntil(many);
  return heapBytes() / few;
}

function acknowledgingPorts(): IssuingPorts {
  const clock = () => new Date();
  const transport: RowTransport<TableRow> = {
    insert: () => new Promise((resolve) => setImmediate(resolve)),
    requestIdOf: () => Promise.resolve(null),
    bytesOf: (row) => JSON.stringify(row).length,
  };
  const commit = groupCommit(transport, { clock });
  const audit: AuditLog = {
    ...memoryAuditLog(),
    append: (record, deadline) => commit.submit(auditRow(record, 'bench'), deadline),
  };
  const accountKeys = new MemoryAccountKeys();
  let suffixes = 0;
  return {
    config: { accounts: new Map([['media', account()]]), grants: [grant()] },
    accountKeys,
    delegationKeys: new MemoryDelegationKeys(),
    audit,
    blocks: NO_BLOCKS,
    policies: memoryPolicyKeeper(memoryAuditLog(), clock),
    shard: 3,
    suffix: () => String((suffixes += 1)).padStart(8, 'a'),
    correlationId: (shard, hour) => correlationId({ shard, hour, random: new Uint8Array(9) }),
    monotonicMs: () => 0,
    clock,
  };
}
