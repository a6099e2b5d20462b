import type { BrokerError } from '../broker-error.ts';

/** Writes one line; `serious`: an operator should look at it. */
export type WriteLine = (line: string, serious?: boolean) => void;

/** Returns what the parts of the broker log with. */
export function linesOf(writeLine: WriteLine) {
  return {
    onFault: (error: BrokerError) =>
      writeLine(
        logLine('background fault', { code: error.code, reason: error.reason ?? error.message }),
        true,
      ),
    onAuditFault: (reason: string) => writeLine(logLine('audit fault', { reason }), true),
    log: (event: string, fields: Readonly<Record<string, string | null>>) =>
      writeLine(logLine(event, fields)),
  };
}

/** Returns one event as a line of JSON. Values are ids, codes, counts and names, never a token, key or signature. */
export function logLine(event: string, fields: Readonly<Record<string, string | number | null>>): string {
  return JSON.stringify({ event, ...fields });
}
