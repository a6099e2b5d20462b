import { formatInstant, parseInstant } from '../iso-time.ts';
import { parseTokenId, startOfHour } from './row-keys.ts';
import type { TokenPosition } from './token-pages.ts';

/** What a cursor of a list of tokens holds. It gives no right: whoever sends it sees what they may see anyway. */
interface TokenCursor {
  readonly position: TokenPosition;
  /** The instant at which the list tells states, to the second. */
  readonly now: Date;
  readonly digest: string;
}

/** Writes a cursor, in characters that a query needs not encode. */
export function writePosition({ position, now, digest }: TokenCursor): string {
  const parts = [position.hour, position.rowKey, formatInstant(now), digest];
  return Buffer.from(parts.join(' ')).toString('base64url');
}

/** Reads a cursor; null for any text that `writePosition` does not make. */
export function parsePosition(cursor: string): TokenCursor | null {
  const text = Buffer.from(cursor, 'base64url').toString();
  const [hour = '', rowKey = '', at = '', digest = '', ...more] = text.split(' ');
  const now = parseInstant(at);
  const isPosition = startOfHour(hour) !== null && (rowKey === '' || isRowKey(hour, rowKey));
  if (!isPosition || now === null || formatInstant(now) !== at || more.length > 0) return null;
  return { position: { hour, rowKey }, now, digest };
}

const isRowKey = (hour: string, rowKey: string): boolean => parseTokenId(`0-${hour}-${rowKey}`) !== null;
