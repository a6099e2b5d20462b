import { useEffect, useState } from 'react';
import { readsOn } from '../tokens/rounds.ts';

interface Pages {
  /** The number of rows of each page. */
  readonly counts: readonly number[];
  readonly limit: number;
  readonly nextCursor: string | null;
  readonly isFetching: boolean;
  readonly isError: boolean;
  readonly fetchNext: () => void;
}

/** Reads short pages on by itself, some at a time. Returns what the person presses to go on after that. */
export function useReadsOn({ counts, limit, nextCursor, isFetching, isError, fetchNext }: Pages): () => void {
  const [roundStart, setRoundStart] = useState(0);
  // After a refresh there may be fewer pages than before.
  const start = roundStart < counts.length ? roundStart : 0;
  const goesOn =
    counts.length > 0 && !isFetching && !isError && readsOn(counts.slice(start), limit, nextCursor);
  useEffect(() => {
    if (goesOn) fetchNext();
    // Each page that arrives is looked at once.
  }, [goesOn, counts.length]);
  return () => {
    setRoundStart(counts.length);
    fetchNext();
  };
}
