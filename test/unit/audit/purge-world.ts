import type { AdministrativeEvent } from '../../../shared/audit/audit-record.ts';
import { auditWriteFailure } from '../../../shared/audit/audit-unavailable.ts';
import { type NeededRows, purgeAudit } from '../../../shared/audit/purge-audit.ts';
import { addSeconds, hourOf } from '../../../shared/iso-time.ts';
import type { Log, LogFields } from '../../../shared/log-events.ts';
import { MemoryAuditPartitions } from '../../fakes/memory-audit-partitions.ts';

export const NOW = new Date('2026-11-22T15:30:00Z');
export const KEPT_SECONDS = 2 * 86_400;

/** An audit table with rows of every kind on both sides of the limit, and the purge of one instance after another. */
export class PurgeWorld {
  readonly partitions = new MemoryAuditPartitions(NOW);
  readonly events: AdministrativeEvent[] = [];
  readonly log: string[] = [];
  clock = (): Date => NOW;
  needed: () => Promise<NeededRows | null> = async () => null;
  /** As the hooks and faults of `partitions`, for the events. */
  eventFault: () => 'fail' | 'lose' | null = () => null;

  /** Adds rows: `tokens` to hours of two shards, one of which may come with a later version, denials, and events. */
  fill(tokens = 3): void {
    const keys = Array.from({ length: tokens }, (_, index) => `token-${1000 + index}`);
    for (const hours of [0, 1, 47, 48, 49, 50, 300]) {
      const hour = hourOf(addSeconds(NOW, -hours * 3600));
      this.partitions.add(`t-3-${hour}`, ...keys, `${keys[0] ?? ''}~completed`);
      this.partitions.add(`t-12-${hour}`, 'token');
      this.partitions.add(`d-5-${hour}`, 'denial-1', 'denial-2');
    }
    for (const day of ['20261122', '20261119', '20260825', '20260823', '20250101'])
      this.partitions.add(`e-${day}`, 'event');
    this.partitions.add('t-3-elsewhere', 'stranger');
    this.partitions.add('t-elsewhere', 'stranger');
  }

  /** The rows that a whole run must leave: everything that is not past the limit, and what the broker did not write. */
  expectedRest(): string[] {
    const limit = hourOf(addSeconds(NOW, -KEPT_SECONDS));
    return this.partitions.list().filter((row) => {
      const [, hour] = /^[td]-\d+-(\d{10}) /.exec(row) ?? [];
      const [, day] = /^e-(\d{8}) /.exec(row) ?? [];
      return hour === undefined ? day === undefined || day >= '20260824' : hour >= limit;
    });
  }

  get details(): string[] {
    return this.events.map(({ detail }) => detail);
  }

  purge(): Promise<void> {
    const { before, after } = this.partitions;
    const log: Log = (event, fields) => {
      const { reason, detail }: Partial<LogFields<'purge not recorded'>> = { ...fields };
      this.log.push(`${event}: ${reason ?? detail ?? ''}`);
    };
    const ports = {
      partitions: this.partitions,
      neededRows: () => this.needed(),
      clock: () => this.clock(),
      log,
      events: {
        appendEvent: async (event: AdministrativeEvent) => {
          await before('appendEvent');
          const fault = this.eventFault();
          if (fault !== 'fail') this.events.push(event);
          await after('appendEvent');
          if (fault !== null) throw auditWriteFailure(`told to ${fault}`);
        },
      },
    };
    return purgeAudit(ports, { keptSeconds: KEPT_SECONDS, callTimeoutSeconds: 5 });
  }
}
