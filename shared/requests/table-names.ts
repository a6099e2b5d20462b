import { TABLE_NAME } from '../azure/names.ts';
import type { Fault } from '../broker-error.ts';
import { invalid, type Rejection, type Result } from '../result.ts';
import { memberFaults, textFault } from './resource-names.ts';
import { decodeSegments, onlySegment, requireNoFaults } from './url-path.ts';

/** Unchecked names, as a request has them. */
interface TableNames {
  readonly table: string;
  readonly partitionKeyStart?: string | undefined;
  readonly partitionKeyEnd?: string | undefined;
  readonly rowKeyStart?: string | undefined;
  readonly rowKeyEnd?: string | undefined;
}

const MAX_KEY_BYTES = 1024;

/**
 * Returns the faults of a table's name and of the keys that bound its rows. Paths are members of the resource.
 * Source: learn.microsoft.com/rest/api/storageservices/understanding-the-table-service-data-model
 */
export function tableResourceFaults(resource: TableNames): Fault[] {
  const { table, partitionKeyStart, partitionKeyEnd, rowKeyStart, rowKeyEnd } = resource;
  return memberFaults({
    table: tableFault(table),
    partitionKeyStart: keyFault(partitionKeyStart),
    partitionKeyEnd:
      keyFault(partitionKeyEnd) ?? orderFault(partitionKeyStart, partitionKeyEnd, 'partitionKeyStart'),
    rowKeyStart: keyFault(rowKeyStart) ?? partnerFault(rowKeyStart, partitionKeyStart, 'partitionKeyStart'),
    rowKeyEnd: keyFault(rowKeyEnd) ?? partnerFault(rowKeyEnd, partitionKeyEnd, 'partitionKeyEnd'),
  });
}

/** Reads the table from a URL's path after the endpoint and its slash. */
export function parseTablePath(rawPath: string): Result<{ table: string }, Rejection> {
  const segments = decodeSegments(rawPath);
  if (!segments.ok) return segments;
  const table = onlySegment(segments.value);
  if (table === null || /[()]/.test(table))
    return invalid(
      'must end with the name of a table; to limit its rows, use resource with partitionKeyStart, rowKeyStart, …',
    );
  return requireNoFaults({ table }, tableResourceFaults({ table }));
}

function tableFault(name: string): string | null {
  if (!TABLE_NAME.test(name)) return 'must be 3 to 63 letters and digits, beginning with a letter';
  return name.toLowerCase() === 'tables' ? 'must not be "tables", which Azure reserves' : null;
}

function keyFault(key: string | undefined): string | null {
  if (key === undefined) return null;
  // Storage treats an empty bound as no bound, so the token would give access to more than it appears to.
  if (key === '') return 'must not be empty; leave it out for no bound';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return 'must be at most 1 KiB';
  return /[/\\#?]/.test(key) ? 'must not contain "/", "\\", "#" or "?"' : textFault(key);
}

/** Azure requires the partition bound with a row bound: create-service-sas, "Specify the partition and row key". */
function partnerFault(key: string | undefined, partner: string | undefined, name: string): string | null {
  return key !== undefined && partner === undefined ? `requires ${name}` : null;
}

/** Compares keys by UTF-16 code unit, as storage does. */
function orderFault(start: string | undefined, end: string | undefined, name: string): string | null {
  return start !== undefined && end !== undefined && end < start ? `must not be before ${name}` : null;
}
