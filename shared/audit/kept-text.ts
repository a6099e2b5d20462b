import { BrokerError } from '../broker-error.ts';
import { redactSecrets } from '../input/secret-text-rule.ts';
import type { TableRow } from '../tables/columns.ts';

/** A table stores at most 32,768 characters in a column. Nothing that the broker records comes close to this. */
const MAX_COLUMN_CHARACTERS = 8192;

/** Returns text for a column that people read: at most `longest` characters, well-formed, with secrets redacted. */
export function keptText(text: string, longest: number): string {
  const kept = redactSecrets(text).slice(0, longest);
  // Table storage would change a surrogate that lost its partner.
  return /[\ud800-\udbff]$/.test(kept) ? kept.slice(0, -1) : kept;
}

/** As `keptText`, for a column that may be absent. */
export function optionalKeptText(text: string | null, longest: number): string | null {
  return text === null ? null : keptText(text, longest);
}

/**
 * Returns the row, whose columns must be stored exactly as they are.
 * @throws BrokerError `internal` if a column is too long. Then there is no row, and so no token.
 */
export function requireShortColumns(row: TableRow): TableRow {
  for (const column in row) {
    const value = row[column];
    if (typeof value === 'string' && value.length > MAX_COLUMN_CHARACTERS)
      throw new BrokerError('internal', 'The audit row could not be made.', {
        reason: `${column} has ${value.length} characters`,
      });
  }
  return row;
}
