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
interface BlobNames {
  readonly container: string;
  readonly blob?: string | undefined;
  readonly snapshot?: string | undefined;
  readonly versionId?: string | undefined;
  readonly directory?: string | undefined;
}

const OWN_CONTAINERS = ['$root', '$web', '$logs', '$blobchangefeed'];
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/;
const MAX_LENGTH = 1024;
const MAX_SEGMENTS = 254;
/** 63 with the account's and the container's name, in a hierarchical account. */
const MAX_DIRECTORY_DEPTH = 61;

/**
 * What is wrong with the names of a blob resource: what Azure does not allow, and what a URL parser, storage or a
 * client would rewrite into another name. Paths are members of the resource.
 * Source: learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
 */
export function blobResourceFaults(resource: BlobNames): Fault[] {
  const { container, blob, snapshot, versionId, directory } = resource;
  return faultsAt({
    container: containerFault(container),
    blob: blob === undefined ? null : pathFault(blob, MAX_LENGTH, MAX_SEGMENTS),
    snapshot: snapshot === undefined ? null : timestampFault(snapshot, blob),
    versionId:
      versionId === undefined
        ? null
        : snapshot === undefined
          ? timestampFault(versionId, blob)
          : 'cannot go with a snapshot',
    directory: directory === undefined ? null : directoryFault(directory, blob),
  });
}

/**
 * The names in a URL's path after the endpoint and its slash, decoded once: first segment the container, the rest
 * the blob, or with a trailing slash the directory.
 * @returns the names, or the message of what is wrong with the path.
 */
export function blobFromPath(
  rawPath: string,
): { container: string; blob?: string; directory?: string } | string {
  const segments = decodedSegments(rawPath);
  if (typeof segments === 'string') return segments;
  const container = onlySegment(segments);
  const [first = '', ...rest] = segments;
  const names =
    container !== null
      ? { container }
      : rest.at(-1) === ''
        ? { container: first, directory: rest.slice(0, -1).join('/') }
        : { container: first, blob: rest.join('/') };
  return soundOr(names, blobResourceFaults(names));
}

function containerFault(name: string): string | null {
  if (OWN_CONTAINERS.includes(name) || isName(name)) return null;
  return `must be ${NAME_RULE}, or one of ${OWN_CONTAINERS.join(', ')}`;
}

function timestampFault(value: string, blob: string | undefined): string | null {
  if (blob === undefined) return 'needs a blob';
  const exists = TIMESTAMP.test(value) && !Number.isNaN(Date.parse(value));
  return exists ? null : 'must look like 2026-11-22T15:15:00.1234567Z, as storage returned it';
}

function directoryFault(directory: string, blob: string | undefined): string | null {
  if (blob !== undefined) return 'cannot go with a blob';
  return pathFault(directory, MAX_LENGTH, MAX_DIRECTORY_DEPTH);
}
