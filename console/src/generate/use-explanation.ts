import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { callApi } from '../api/api.ts';
import type { Explanation } from '../api/replies.ts';

const QUIET_MS = 400;

/** Asks what the broker would say to a request, a moment after its last change. It records nothing. */
export function useExplanation(body: Record<string, unknown> | null) {
  const text = body === null ? null : JSON.stringify(body);
  const [asked, setAsked] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(text), QUIET_MS);
    return () => clearTimeout(timer);
  }, [text]);
  const query = useQuery({
    queryKey: ['explanation', asked],
    queryFn: ({ signal }) =>
      callApi<Explanation>('tokens/explain', { method: 'POST', body: JSON.parse(asked ?? 'null'), signal }),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    staleTime: 30_000,
    gcTime: 60_000,
  });
  return { ...query, current: asked === text && !query.isPlaceholderData };
}
