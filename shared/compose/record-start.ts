import type { AuditLog } from '../audit/audit-record.ts';
import type { EventLog } from '../audit/event-log.ts';
import { timeKey } from '../audit/event-row-keys.ts';
import { describeFailure } from '../azure-calls/failure.ts';
import { BrokerError } from '../broker-error.ts';
import type { BrokerConfig } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';

/** What recording the start needs. */
export interface StartPorts {
  readonly config: Pick<BrokerConfig, 'hash' | 'accounts' | 'grants'>;
  readonly audit: Pick<AuditLog, 'appendEvent'>;
  readonly events: EventLog;
  readonly timeoutSeconds: number;
  /** Called if the event cannot be written, with a short code. */
  readonly onFailure: (reason: string) => void;
}

/** How far back the last event is looked for. An older one is repeated. */
const LOOK_BACK_SECONDS = 30 * 86_400;
/** The clock of the instance that wrote the last event may be ahead. */
const AHEAD_SECONDS = 3600;

/**
 * Writes an event `configuration` unless the last one, within 30 days, is about the same configuration: instances start
 * often, and the trail is about changes. Two instances that start at once may both write it, and so does one that cannot
 * read the last one. Never throws, because a failed write must not stop the start.
 */
export async function recordStart(ports: StartPorts, now: Date): Promise<void> {
  const { hash, accounts, grants } = ports.config;
  const detail = `configuration ${hash}: ${accounts.size} accounts, ${grants.length} grants`;
  if ((await lastDetail(ports, now)) === detail) return;
  try {
    await ports.audit.appendEvent(
      { at: now, type: 'configuration', account: null, actor: 'start', detail },
      addSeconds(now, 2 * ports.timeoutSeconds),
    );
  } catch (error) {
    ports.onFailure(faultCode(error));
  }
}

/** Returns a problem code or a few words, never an address. */
export function faultCode(error: unknown): string {
  return error instanceof BrokerError ? error.code : describeFailure(error);
}

/** Returns the detail of the last event `configuration`; null if there is none, or if it cannot be found in time. */
async function lastDetail({ events, timeoutSeconds }: StartPorts, now: Date): Promise<string | null> {
  const deadline = addSeconds(now, timeoutSeconds);
  const since = addSeconds(now, -LOOK_BACK_SECONDS);
  const query = { type: 'configuration', account: null, since, limit: 1 };
  try {
    const before = timeKey(addSeconds(now, AHEAD_SECONDS));
    const page = await events.events({ ...query, before }, deadline);
    return page.events[0]?.detail ?? null;
  } catch {
    return null;
  }
}
