import type { Fault } from '../broker-error.ts';
import { invalid, type Rejection, type Result } from '../result.ts';
import { isName, memberFaults, NAME_RULE, pathFault } from './resource-names.ts';
import { decodeSegments, onlySegment, requireNoFaults } from './url-path.ts';

/** Unchecked names, as a request has them. */
interface FileNames {
  readonly share: string;
  readonly file?: string | undefined;
}

const MAX_PATH = 2048;
const MAX_DEPTH = 250;
const MAX_SEGMENT = 255;

/**
 * Returns the faults of a file resource's names: what Azure does not allow, and what a URL parser, storage or a client
 * would rewrite. Paths are members of the resource.
 * Source: learn.microsoft.com/rest/api/storageservices/naming-and-referencing-shares--directories--files--and-metadata
 */
export function fileResourceFaults({ share, file }: FileNames): Fault[] {
  return memberFaults({
    share: isName(share) ? null : `must be ${NAME_RULE}`,
    file: file === undefined ? null : fileFault(file),
  });
}

/**
 * Reads the names from a URL's path after the endpoint and its slash. The first segment is the share, and the rest is
 * the file.
 */
export function parseFilePath(rawPath: string): Result<{ share: string; file?: string }, Rejection> {
  const segments = decodeSegments(rawPath);
  if (!segments.ok) return segments;
  const share = onlySegment(segments.value);
  const [first = '', ...rest] = segments.value;
  if (share === null && rest.at(-1) === '')
    return invalid(
      'must not end with "/", because Azure Files has no SAS for a directory; name the share or one file',
    );
  const names = share === null ? { share: first, file: rest.join('/') } : { share };
  return requireNoFaults(names, fileResourceFaults(names));
}

function fileFault(path: string): string | null {
  const fault = pathFault(path, MAX_PATH, MAX_DEPTH);
  if (fault !== null) return fault;
  if (/[":|<>*?]/.test(path)) return 'must not contain any of the characters " : | < > * ?';
  const tooLong = path.split('/').some((segment) => segment.length > MAX_SEGMENT);
  return tooLong ? `must not have a segment of more than ${MAX_SEGMENT} characters` : null;
}
