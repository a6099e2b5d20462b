import type { BrokerError } from '../broker-error.ts';

/** error: the broker does not serve. warn: an operator should look at it. info: everything else. */
export type LogLevel = 'info' | 'warn' | 'error';

/** Writes one line, which carries its level already, to where lines of that level belong. */
export type WriteLine = (line: string, level: LogLevel) => void;

type Fields = Readonly<Record<string, string | number | null>>;

/** Returns what the parts of the broker log with. */
export function linesOf(writeLine: WriteLine) {
  return {
    onFault: (error: BrokerError) =>
      writeEvent(writeLine, 'warn', 'background fault', {
        code: error.code,
        reason: error.reason ?? error.message,
      }),
    onAuditFault: (reason: string) => writeEvent(writeLine, 'warn', 'audit fault', { reason }),
    log: (event: string, fields: Readonly<Record<string, string | null>>) =>
      writeEvent(writeLine, 'info', event, fields),
  };
}

/** Writes one event as a line of its level. */
export function writeEvent(writeLine: WriteLine, level: LogLevel, event: string, fields: Fields): void {
  writeLine(logLine(level, event, fields), level);
}

/**
 * Returns one event as a line of JSON. Values are ids, codes, counts and names, never a token, key or signature. The
 * level is part of the text because the host goes by the text of a line on standard error.
 */
export function logLine(level: LogLevel, event: string, fields: Fields): string {
  return JSON.stringify({ level, event, ...fields });
}
