import { type InfiniteData, useInfiniteQuery } from '@tanstack/react-query';
import { callApi } from '../api/api.ts';
import type { TokenList } from '../api/replies.ts';
import { type TokenFilters, tokenQuery } from './token-filters.ts';

/** The list of tokens, page by page. It is never polled. */
export const useTokens = (filters: TokenFilters) =>
  useInfiniteQuery<TokenList, Error, InfiniteData<TokenList>, readonly unknown[], string | null>({
    queryKey: ['tokens', filters],
    queryFn: ({ pageParam, signal }) =>
      callApi<TokenList>(`tokens?${tokenQuery(filters, pageParam)}`, { scans: true, signal }),
    initialPageParam: null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    refetchOnMount: 'always',
  });
