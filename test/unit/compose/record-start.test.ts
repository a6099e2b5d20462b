import { describe, expect, it } from 'vitest';
import type { AdministrativeEvent } from '../../../shared/audit/audit-record.ts';
import type { EventLog, RecordedEvent } from '../../../shared/audit/event-log.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import { recordStart } from '../../../shared/compose/record-start.ts';

const now = new Date('2026-11-22T12:00:00Z');

/** An audit trail in memory; with `broken`, nothing can be read or written. */
function startStage({ broken = [] as ('read' | 'write')[] } = {}) {
  const written: AdministrativeEvent[] = [];
  const failures: string[] = [];
  const queries: unknown[] = [];
  const fault = () => Promise.reject(new BrokerError('audit_unavailable', 'no'));
  const events: EventLog = {
    events: (query) => {
      queries.push(query);
      if (broken.includes('read')) return fault();
      return Promise.resolve({ events: written.slice(-1) as RecordedEvent[], next: null });
    },
  };
  const start = (hash: string) =>
    recordStart(
      {
        config: { hash, accounts: new Map(), grants: [] },
        audit: {
          appendEvent: (event) =>
            broken.includes('write') ? fault() : Promise.resolve(void written.push(event)),
        },
        events,
        timeoutSeconds: 10,
        onFailure: (reason) => failures.push(reason),
      },
      now,
    );
  return { written, failures, queries, start };
}

describe('the event of a configuration', () => {
  it('is written once for each change, however many instances start', async () => {
    const { written, queries, start } = startStage();
    for (const hash of ['a', 'a', 'b', 'b', 'a']) await start(hash);
    expect(written.map(({ detail }) => detail)).toEqual(
      ['a', 'b', 'a'].map((hash) => `configuration ${hash}: 0 accounts, 0 grants`),
    );
    expect(queries[0]).toMatchObject({
      type: 'configuration',
      since: new Date('2026-10-23T12:00:00Z'),
      limit: 1,
    });
  });

  it('is written if the last one cannot be read', async () => {
    const { written, failures, start } = startStage({ broken: ['read'] });
    await start('a');
    await start('a');
    expect(written).toHaveLength(2);
    expect(failures).toEqual([]);
  });

  it('does not stop the start if it cannot be written', async () => {
    const { failures, start } = startStage({ broken: ['read', 'write'] });
    await start('a');
    expect(failures).toEqual(['audit_unavailable']);
  });
});
