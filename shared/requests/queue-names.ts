import type { Fault } from '../broker-error.ts';
import { decodedSegments, faultsAt, isName, NAME_RULE, onlySegment, soundOr } from './resource-names.ts';

/**
 * What is wrong with a queue's name. Paths are members of the resource.
 * Source: learn.microsoft.com/rest/api/storageservices/naming-queues-and-metadata
 */
export function queueResourceFaults({ queue }: { readonly queue: string }): Fault[] {
  return faultsAt({ queue: isName(queue) ? null : `must be ${NAME_RULE}` });
}

/**
 * The queue in a URL's path after the endpoint and its slash.
 * @returns its name, or the message of what is wrong with the path.
 */
export function queueFromPath(rawPath: string): { queue: string } | string {
  const segments = decodedSegments(rawPath);
  if (typeof segments === 'string') return segments;
  const queue = onlySegment(segments);
  if (queue === null) return 'must name a queue and nothing below it: a SAS opens a whole queue';
  return soundOr({ queue }, queueResourceFaults({ queue }));
}
