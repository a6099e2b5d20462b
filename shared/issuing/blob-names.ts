import type { Fault } from '../broker-error.ts';

/** As a request carries them: not checked yet. */
interface BlobNames {
  readonly container: string;
  readonly blob?: string | undefined;
  readonly snapshot?: string | undefined;
  readonly versionId?: string | undefined;
}

const OWN_CONTAINERS = ['$root', '$web', '$logs', '$blobchangefeed'];
const CONTAINER = /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/;
const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z$/;
const MAX_BLOB_LENGTH = 1024;
const MAX_SEGMENTS = 254;

/**
 * What is wrong with the names of a blob resource: what Azure does not allow, and what a URL parser, storage or a
 * client would rewrite into another name. Paths are members of the resource.
 * Source: learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
 */
export function blobResourceFaults(resource: BlobNames): Fault[] {
  const { container, blob, snapshot, versionId } = resource;
  return [
    fault('container', containerFault(container)),
    fault('blob', blob === undefined ? null : blobFault(blob)),
    fault('snapshot', snapshot === undefined ? null : timestampFault(snapshot, blob)),
    fault('versionId', versionId === undefined ? null : timestampFault(versionId, blob)),
    fault(
      'versionId',
      snapshot === undefined || versionId === undefined ? null : 'cannot go with a snapshot',
    ),
  ].filter((found) => found !== null);
}

/**
 * The names in a URL's path after the endpoint and its slash, decoded once: first segment the container, the rest
 * the blob.
 * @returns the names, or the message of what is wrong with the path.
 */
export function blobFromPath(rawPath: string): { container: string; blob?: string } | string {
  const segments = rawPath.split('/');
  if (segments.length > 2 && segments.at(-1) === '')
    return 'ends with "/": tokens for a directory are not issued yet; name a container or a blob';
  const encoded = segments.map((segment) => /%(?:2e|2f|5c)/i.exec(segment)).find((match) => match !== null);
  if (encoded !== undefined) return `must not hold "${encoded[0]}": it would be read as a separator or a dot`;
  const names = segments.map(decodeSegment);
  if (names.includes(null)) return 'must be valid percent-encoded UTF-8; write "%" as "%25"';
  const [container = '', ...rest] = names as string[];
  const isContainer = rest.length === 0 || (rest.length === 1 && rest[0] === '');
  const resource = isContainer ? { container } : { container, blob: rest.join('/') };
  const [first] = blobResourceFaults(resource);
  return first === undefined ? resource : `${first.path} ${first.message}`;
}

function fault(path: string, message: string | null): Fault | null {
  return message === null ? null : { path, message };
}

function containerFault(name: string): string | null {
  if (OWN_CONTAINERS.includes(name) || CONTAINER.test(name)) return null;
  return `must be 3 to 63 lower-case letters, digits and single hyphens, with a letter or digit at both ends, or one of ${OWN_CONTAINERS.join(', ')}`;
}

function blobFault(name: string): string | null {
  if (name.length < 1 || name.length > MAX_BLOB_LENGTH) return `must have 1 to ${MAX_BLOB_LENGTH} characters`;
  if (name.startsWith('/')) return 'must not begin with "/"';
  // eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
  if (/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/.test(name)) return 'must hold no control characters';
  if (/\p{Surrogate}/u.test(name)) return 'must be valid Unicode, without half of a surrogate pair';
  if (name.includes('\\')) return 'must hold no backslash; segments are separated by "/"';
  if (/%(?:2e|2f|5c)/i.test(name)) return 'must hold no "%2e", "%2f" or "%5c"; names are given unencoded';
  const segments = name.split('/');
  if (segments.length > MAX_SEGMENTS) return `must have at most ${MAX_SEGMENTS} segments`;
  if (segments.at(-1) === '') return 'must not end with "/"; name one blob';
  if (segments.includes('')) return 'must hold no empty segment ("//")';
  if (segments.some((segment) => segment === '.' || segment === '..'))
    return 'must hold no "." or ".." segment';
  if (segments.some((segment) => segment.endsWith('.'))) return 'must have no segment that ends with a dot';
  return null;
}

function timestampFault(value: string, blob: string | undefined): string | null {
  if (blob === undefined) return 'needs a blob';
  const exists = TIMESTAMP.test(value) && !Number.isNaN(Date.parse(value));
  return exists ? null : 'must look like 2026-11-22T15:15:00.1234567Z, as storage returned it';
}

function decodeSegment(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
