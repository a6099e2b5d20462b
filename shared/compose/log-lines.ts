import type { BrokerError } from '../broker-error.ts';
import { levelOf, type Log, type LogEvent, type LogFields, type LogLevel } from '../log-events.ts';

/** Writes one line, which carries its level already, to where lines of that level belong. */
export type WriteLine = (line: string, level: LogLevel) => void;

/** Returns what the parts of the broker log with. */
export function linesOf(writeLine: WriteLine) {
  const log = logTo(writeLine);
  return {
    log,
    onFault: (error: BrokerError) =>
      log('background fault', { code: error.code, reason: error.reason ?? error.message }),
    onAuditFault: (reason: string) => log('audit fault', { reason }),
  };
}

/**
 * Returns a log that gives each line to `writeLine`.
 * @param requestId the call that the lines belong to; undefined if they belong to none.
 */
export function logTo(writeLine: WriteLine, requestId?: string): Log {
  return (event, fields) => {
    const level = levelOf(event, fields);
    writeLine(logLine(level, event, fields, requestId), level);
  };
}

/**
 * Returns one event as a line of JSON. The platform keeps a line as text and nothing beside it, so fields are in the
 * text. So is the level, because the host goes by the text of a line on standard error.
 */
function logLine<Event extends LogEvent>(
  level: LogLevel,
  event: Event,
  fields: LogFields<Event>,
  requestId: string | undefined,
): string {
  return JSON.stringify({ level, event, requestId, ...fields });
}
