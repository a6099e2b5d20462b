import type { BrokerError } from '../broker-error.ts';

/** `serious`: somebody should look at it. */
export type WriteLine = (line: string, serious?: boolean) => void;

/** What parts tell the log of. */
export function linesOf(writeLine: WriteLine) {
  return {
    onFault: (error: BrokerError) =>
      writeLine(line('background fault', { code: error.code, reason: error.reason ?? error.message }), true),
    onAuditFault: (reason: string) => writeLine(line('audit fault', { reason }), true),
    log: (event: string, fields: Readonly<Record<string, string | null>>) => writeLine(line(event, fields)),
  };
}

/** One JSON line an event; values are ids, codes and names, never a token, key or signature. */
export function line(event: string, fields: Readonly<Record<string, string | null>>): string {
  return JSON.stringify({ event, ...fields });
}
