import { expect, it } from 'vitest';
import { postBatch } from '../../../functions/tokens.ts';
import type { Call } from '../../../functions/route.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import type { Broker } from '../../../shared/compose/compose.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { BatchItem } from '../../../shared/issuing/issue-batch.ts';
import { fail } from '../../../shared/result.ts';
import { caller } from '../../fakes/configuration.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { NO_BLOCKS } from '../../fakes/memory-blocks.ts';

it('each refused request of a batch has its line, as a refused call has', async () => {
  const now = new Date('2026-11-22T12:00:00Z');
  const lines: object[] = [];
  const issuing = { blocks: NO_BLOCKS, audit: memoryAuditLog(), clock: () => now };
  const body: BatchItem[] = [
    fail(new BrokerError('invalid_request', 'Not valid.')),
    fail(new BrokerError('audit_unavailable', 'Try again.', { reason: 'the table is throttled' })),
  ];
  const call: Call<BatchItem[]> = {
    caller: caller(),
    body,
    params: {},
    query: new URLSearchParams(),
    requestId: 'request-1',
    now,
    deadline: addSeconds(now, 10),
    log: (event, fields) => lines.push({ event, ...fields }),
  };
  const { status } = await postBatch({ issuing } as unknown as Broker, call);
  expect(status).toBe(200);
  expect(lines).toEqual([
    { event: 'request refused', status: 400, code: 'invalid_request', reason: 'Not valid.' },
    { event: 'request refused', status: 503, code: 'audit_unavailable', reason: 'the table is throttled' },
  ]);
});
