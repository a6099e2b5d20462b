import type { Fault } from '../broker-error.ts';
import { invalid, type Rejection, type Result } from '../result.ts';
import { isName, memberFaults, NAME_RULE } from './resource-names.ts';
import { decodeSegments, onlySegment, requireNoFaults } from './url-path.ts';

/**
 * Returns the faults of a queue's name. Paths are members of the resource.
 * Source: learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata
 */
export function queueResourceFaults({ queue }: { readonly queue: string }): Fault[] {
  return memberFaults({ queue: isName(queue) ? null : `must be ${NAME_RULE}` });
}

/** Reads the queue from a URL's path after the endpoint and its slash. */
export function parseQueuePath(rawPath: string): Result<{ queue: string }, Rejection> {
  const segments = decodeSegments(rawPath);
  if (!segments.ok) return segments;
  const queue = onlySegment(segments.value);
  if (queue === null)
    return invalid('must end with the name of a queue, because a SAS gives access to a whole queue');
  return requireNoFaults({ queue }, queueResourceFaults({ queue }));
}
