import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';
import { callApi } from '../api/api.ts';
import type { Events } from '../api/replies.ts';
import { type ActivityFilters, eventQuery } from './activity-filters.ts';

/** The events, page by page, newest first. They are never polled. */
export const useEvents = (filters: ActivityFilters) =>
  useInfiniteQuery<Events, Error, InfiniteData<Events>, readonly unknown[], string | null>({
    queryKey: ['events', filters],
    queryFn: ({ pageParam, signal }) =>
      callApi<Events>(`events?${eventQuery(filters, pageParam)}`, { scans: true, signal }),
    initialPageParam: null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchOnMount: 'always',
  });
