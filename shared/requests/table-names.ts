import type { Fault } from '../broker-error.ts';
import { decodedSegments, faultsAt, onlySegment, soundOr, textFault } from './resource-names.ts';

/** As a request carries them: not checked yet. */
interface TableNames {
  readonly table: string;
  readonly partitionKeyStart?: string | undefined;
  readonly partitionKeyEnd?: string | undefined;
  readonly rowKeyStart?: string | undefined;
  readonly rowKeyEnd?: string | undefined;
}

const TABLE = /^[A-Za-z][A-Za-z0-9]{2,62}$/;
const MAX_KEY_BYTES = 1024;

/**
 * What is wrong with a table's name and the keys that bound its rows. Paths are members of the resource.
 * Source: learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
 */
export function tableResourceFaults(resource: TableNames): Fault[] {
  const { table, partitionKeyStart, partitionKeyEnd, rowKeyStart, rowKeyEnd } = resource;
  return faultsAt({
    table: tableFault(table),
    partitionKeyStart: keyFault(partitionKeyStart),
    partitionKeyEnd:
      keyFault(partitionKeyEnd) ?? orderFault(partitionKeyStart, partitionKeyEnd, 'partitionKeyStart'),
    rowKeyStart: keyFault(rowKeyStart) ?? partnerFault(rowKeyStart, partitionKeyStart, 'partitionKeyStart'),
    rowKeyEnd: keyFault(rowKeyEnd) ?? partnerFault(rowKeyEnd, partitionKeyEnd, 'partitionKeyEnd'),
  });
}

/**
 * The table in a URL's path after the endpoint and its slash.
 * @returns its name, or the message of what is wrong with the path.
 */
export function tableFromPath(rawPath: string): { table: string } | string {
  const segments = decodedSegments(rawPath);
  if (typeof segments === 'string') return segments;
  const table = onlySegment(segments);
  if (table === null || /[()]/.test(table))
    return 'must name a table alone; bound its rows by partitionKeyStart, rowKeyStart, … of resource';
  return soundOr({ table }, tableResourceFaults({ table }));
}

function tableFault(name: string): string | null {
  if (!TABLE.test(name)) return 'must be 3 to 63 letters and digits, the first a letter';
  return name.toLowerCase() === 'tables' ? 'must not be "tables", which Azure keeps for itself' : null;
}

function keyFault(key: string | undefined): string | null {
  if (key === undefined) return null;
  // Storage reads an empty bound as none, so that the token would open more than it seems to.
  if (key === '') return 'must not be empty; leave it out for no bound';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return 'must be at most 1 KiB';
  return /[/\\#?]/.test(key) ? 'must hold no "/", "\\", "#" or "?"' : textFault(key);
}

/** Azure takes a bound for rows only with the one for partitions: create-service-sas, "Specify the partition and row key". */
function partnerFault(key: string | undefined, partner: string | undefined, name: string): string | null {
  return key !== undefined && partner === undefined ? `needs ${name}` : null;
}

/** Keys are compared by UTF-16 code unit, here as in storage. */
function orderFault(start: string | undefined, end: string | undefined, name: string): string | null {
  return start !== undefined && end !== undefined && end < start ? `must not be before ${name}` : null;
}
