import type { Fault } from '../broker-error.ts';
import { parseInstant } from '../iso-time.ts';
import type { Rejection, Result } from '../result.ts';
import { isName, memberFaults, NAME_RULE, pathFault } from './resource-names.ts';
import { decodeSegments, onlySegment, requireNoFaults } from './url-path.ts';

/** Unchecked names, as a request has them. */
interface BlobNames {
  readonly container: string;
  readonly blob?: string | undefined;
  readonly snapshot?: string | undefined;
  readonly versionId?: string | undefined;
  readonly directory?: string | undefined;
}

const SYSTEM_CONTAINERS = ['$root', '$web', '$logs', '$blobchangefeed'];
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/;
const MAX_LENGTH = 1024;
const MAX_SEGMENTS = 254;
/** A hierarchical account allows 63, including the names of the account and the container. */
const MAX_DIRECTORY_DEPTH = 61;

/**
 * Returns the faults of a blob resource's names: what Azure does not allow, and what a URL parser, storage or a client
 * would rewrite into another name. Paths are members of the resource.
 * Source: learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
 */
export function blobResourceFaults(resource: BlobNames): Fault[] {
  const { container, blob, snapshot, versionId, directory } = resource;
  return memberFaults({
    container: containerFault(container),
    blob: blob === undefined ? null : pathFault(blob, MAX_LENGTH, MAX_SEGMENTS),
    snapshot: snapshot === undefined ? null : timestampFault(snapshot, blob),
    versionId: versionId === undefined ? null : versionFault(versionId, snapshot, blob),
    directory: directory === undefined ? null : directoryFault(directory, blob),
  });
}

/** The names in the path of a blob resource's URL. */
interface BlobPath {
  readonly container: string;
  readonly blob?: string;
  readonly directory?: string;
}

/**
 * Reads the names from a URL's path after the endpoint and its slash, and decodes them once. The first segment is the
 * container, and the rest is the blob; with a trailing slash, the rest is the directory.
 */
export function parseBlobPath(rawPath: string): Result<BlobPath, Rejection> {
  const segments = decodeSegments(rawPath);
  if (!segments.ok) return segments;
  const names = namesOf(segments.value);
  return requireNoFaults(names, blobResourceFaults(names));
}

function namesOf(segments: readonly string[]): BlobPath {
  const only = onlySegment(segments);
  if (only !== null) return { container: only };
  const [container = '', ...rest] = segments;
  if (rest.at(-1) === '') return { container, directory: rest.slice(0, -1).join('/') };
  return { container, blob: rest.join('/') };
}

function containerFault(name: string): string | null {
  if (SYSTEM_CONTAINERS.includes(name) || isName(name)) return null;
  return `must be ${NAME_RULE}, or one of ${SYSTEM_CONTAINERS.join(', ')}`;
}

function versionFault(
  versionId: string,
  snapshot: string | undefined,
  blob: string | undefined,
): string | null {
  return snapshot === undefined ? timestampFault(versionId, blob) : 'must not be combined with a snapshot';
}

function timestampFault(value: string, blob: string | undefined): string | null {
  if (blob === undefined) return 'requires a blob';
  const exists = TIMESTAMP.test(value) && parseInstant(value) !== null;
  return exists ? null : 'must have the form that storage returns, such as 2026-11-22T15:15:00.1234567Z';
}

function directoryFault(directory: string, blob: string | undefined): string | null {
  if (blob !== undefined) return 'must not be combined with a blob';
  return pathFault(directory, MAX_LENGTH, MAX_DIRECTORY_DEPTH);
}
