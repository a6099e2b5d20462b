import { setTimeout as pause } from 'node:timers/promises';
import { tableAuditLog } from '../shared/audit/table-audit-log.ts';
import { auditQueries } from '../test/fakes/audit-queries.ts';
import type { AuditTable } from './audit-table.ts';
import { sender } from './body-broker.ts';
import { measureRatio, median, type Work } from './rounds.ts';

const ROUNDS = 11;
const TOKENS = 40;
/** A client that asks, gets its reply, and asks again after a while, so that the loop is not always busy with issuing. */
const BETWEEN_MS = 5;

let bodies = 0;
/** Returns the body of a request for a token that no other request is for: equal tokens would share a row's keys. */
function nextBody(): string {
  bodies += 1;
  return JSON.stringify({
    url: `https://media.blob.core.windows.net/uploads/${bodies}.jpg`,
    permissions: 'cw',
  });
}

export interface IssuingUnderScans {
  /** The median time of issuing a token while eight scans run, relative to the median without them. */
  readonly ratio: number;
  /** How many scans ended during the measurement. */
  readonly scans: number;
}

/**
 * Times issuing with its audit row while eight scans run in the same process: as many as the broker admits. Rounds with and
 * without scans alternate. A token's time begins when it is due, so it includes the wait for a page that is being decoded.
 * @param scanned the table that the scans read. It should remember its pages: the processor is to be shared with scans, not
 * with what stands for storage.
 * @param written the table that rows are written to: a storage account serves reads and writes of different partitions side by
 * side, but one table server does one after the other, and would be all that is measured.
 */
export async function measureIssuing(scanned: AuditTable, written: AuditTable): Promise<IssuingUnderScans> {
  const clock = (): Date => new Date();
  const audit = tableAuditLog({ client: written.client, instance: 'bench', shard: 3, clock });
  const issue = sender('issueToken', audit);
  const queries = auditQueries(scanned.client);
  const scans = [
    () => queries.list('asc'),
    () => queries.list('desc'),
    () => queries.plan({ grant: 'photo-upload' }),
    () => queries.plan({ account: 'media' }),
    () => queries.summarize(),
    ...Array.from({ length: 3 }, (_, index) => () => queries.lookUpFingerprint(String(index).repeat(64))),
  ];
  let ended = 0;
  let p50 = NaN;
  const issueAll = async (): Promise<void> => {
    const times: number[] = [];
    const before = written.requests();
    for (let token = 0; token < TOKENS; token += 1) {
      const due = performance.now() + BETWEEN_MS;
      await pause(BETWEEN_MS);
      await issue(nextBody());
      times.push(performance.now() - due);
    }
    if (written.requests() !== before + TOKENS) throw new Error('Not every token has one write');
    p50 = median(times);
  };
  const issueUnderScans = async (): Promise<void> => {
    let isOver = false;
    const running = scans.map(async (scan) => {
      for (; !isOver; ended += 1) await scan();
    });
    await issueAll();
    isOver = true;
    await Promise.all(running);
  };
  const measure = async (work: Work): Promise<number> => {
    await work();
    return p50;
  };
  const ratio = await measureRatio(ROUNDS, issueUnderScans, issueAll, undefined, measure);
  return { ratio, scans: ended };
}
