import type { Fault } from '../broker-error.ts';
import {
  decodedSegments,
  faultsAt,
  isName,
  NAME_RULE,
  onlySegment,
  pathFault,
  soundOr,
} from './resource-names.ts';

/** As a request carries them: not checked yet. */
interface FileNames {
  readonly share: string;
  readonly file?: string | undefined;
}

const MAX_PATH = 2048;
const MAX_DEPTH = 250;
const MAX_SEGMENT = 255;

/**
 * What is wrong with the names of a file resource: what Azure does not allow, and what a URL parser, storage or a
 * client would rewrite. Paths are members of the resource.
 * Source: learn.microsoft.com/rest/api/storageservices/naming-and-referencing-shares--directories--files--and-metadata
 */
export function fileResourceFaults({ share, file }: FileNames): Fault[] {
  return faultsAt({
    share: isName(share) ? null : `must be ${NAME_RULE}`,
    file: file === undefined ? null : fileFault(file),
  });
}

/**
 * The names in a URL's path after the endpoint and its slash: first segment the share, the rest the file.
 * @returns the names, or the message of what is wrong with the path.
 */
export function fileFromPath(rawPath: string): { share: string; file?: string } | string {
  const segments = decodedSegments(rawPath);
  if (typeof segments === 'string') return segments;
  const share = onlySegment(segments);
  const [first = '', ...rest] = segments;
  if (share === null && rest.at(-1) === '')
    return 'ends with "/": Azure Files has no SAS for a directory; name the share or one file';
  const names = share === null ? { share: first, file: rest.join('/') } : { share };
  return soundOr(names, fileResourceFaults(names));
}

function fileFault(path: string): string | null {
  const fault = pathFault(path, MAX_PATH, MAX_DEPTH);
  if (fault !== null) return fault;
  if (/[":|<>*?]/.test(path)) return 'must hold none of the characters " : | < > * ?';
  const tooLong = path.split('/').some((segment) => segment.length > MAX_SEGMENT);
  return tooLong ? `must have no segment of more than ${MAX_SEGMENT} characters` : null;
}
