import type { ShardStream } from './shard-stream.ts';
import type { TokenRows, VisitToken } from './token-pages.ts';

/** How a merge ended. */
interface MergeEnd {
  /** complete: every token was visited; stopped: no more were wanted; cut: the reading ended early. */
  readonly ended: 'complete' | 'stopped' | 'cut';
  /** The last token that was visited or passed over. */
  readonly last: TokenRows | null;
}

/**
 * Visits the tokens of several shards in one order: by hour, then by row key. Reads a page only when the next token may
 * be on it.
 * @param mayRead asked before pages are read, with the last token so far; false ends the merge there.
 */
export async function mergeShards(
  streams: readonly ShardStream[],
  visit: VisitToken,
  mayRead: (last: TokenRows | null) => boolean = () => true,
): Promise<MergeEnd> {
  let last: TokenRows | null = null;
  for (;;) {
    const next = firstOf(streams.filter(({ isReady }) => isReady));
    const behind = streams.filter(
      (stream) => !stream.isAtEnd && !stream.isReady && (next === null || stream.bound <= next.bound),
    );
    if (behind.length > 0) {
      if (!mayRead(last)) return { ended: 'cut', last };
      const loads = await Promise.all(behind.map((stream) => stream.load()));
      if (loads.includes(false)) return { ended: 'cut', last };
      continue;
    }
    if (next === null) return { ended: 'complete', last };
    last = next.take();
    if (!(await visit(last))) return { ended: 'stopped', last };
  }
}

function firstOf(streams: readonly ShardStream[]): ShardStream | null {
  let first: ShardStream | null = null;
  for (const stream of streams) if (first === null || stream.bound < first.bound) first = stream;
  return first;
}
