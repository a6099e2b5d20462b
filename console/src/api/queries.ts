import { keepPreviousData, QueryClient, useQuery } from '@tanstack/react-query';
import { callApi } from './api.ts';
import { isWorthRetrying, retryDelayMs } from './problem.ts';
import type {
  Accounts,
  Blocks,
  DenialSummary,
  Events,
  LiveSummary,
  Me,
  OwnGrants,
  RotationHistory,
  RotationState,
} from './replies.ts';
import type { ShownReadiness } from '../shell/readiness-text.ts';

/** One cache for the session. Lists are never polled; each has a button that reads it again. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Infinity,
      retry: isWorthRetrying,
      retryDelay: retryDelayMs,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      // A call without a connection fails, and says so.
      networkMode: 'always',
    },
    mutations: { retry: false, networkMode: 'always' },
  },
});

const SECONDS = 1000;

/** Who the person is to the broker, and their roles. */
export const useMe = () =>
  useQuery({ queryKey: ['me'], queryFn: ({ signal }) => callApi<Me>('me', { signal }) });

export const useOwnGrants = () =>
  useQuery({ queryKey: ['grants'], queryFn: ({ signal }) => callApi<OwnGrants>('me/grants', { signal }) });

/** Live tokens, read again each minute while somebody looks. */
export const useLiveSummary = () =>
  useQuery({
    queryKey: ['live-summary'],
    queryFn: ({ signal }) => callApi<LiveSummary>('summary/live-tokens', { signal, scans: true }),
    staleTime: 30 * SECONDS,
    refetchInterval: 60 * SECONDS,
  });

/** @param since an instant in ISO 8601. Only auditors may ask. */
export const useDenials = (since: string, enabled: boolean, until?: string) =>
  useQuery({
    queryKey: ['denials', since, until ?? null],
    queryFn: ({ signal }) => {
      const range = new URLSearchParams({ since, ...(until === undefined ? {} : { until }) });
      return callApi<DenialSummary>(`summary/denials?${range}`, { signal, scans: true });
    },
    enabled,
    staleTime: 30 * SECONDS,
    refetchInterval: 60 * SECONDS,
    placeholderData: keepPreviousData,
  });

/** Every account's rotation, without counts of live tokens: those are in the summary. */
export const useAccounts = () =>
  useQuery({
    queryKey: ['accounts'],
    queryFn: ({ signal }) => callApi<Accounts>('accounts?counts=false', { signal }),
    staleTime: 30 * SECONDS,
    refetchInterval: 60 * SECONDS,
  });

/** @param everyMs how often to read it again; false: not on its own. */
export const useRotation = (account: string, everyMs: number | false = false) =>
  useQuery({
    queryKey: ['rotation', account],
    queryFn: ({ signal }) =>
      callApi<RotationState>(`accounts/${encodeURIComponent(account)}/rotation?counts=false`, { signal }),
    staleTime: 1 * SECONDS,
    refetchInterval: everyMs,
  });

/** @param since an instant in ISO 8601, at most 90 days ago. */
export const useHistory = (account: string, since: string) =>
  useQuery({
    queryKey: ['history', account, since],
    queryFn: ({ signal }) =>
      callApi<RotationHistory>(
        `accounts/${encodeURIComponent(account)}/rotation/history?${new URLSearchParams({ since })}`,
        { signal },
      ),
  });

export const useBlocks = () =>
  useQuery({
    queryKey: ['blocks'],
    queryFn: ({ signal }) => callApi<Blocks>('callers/blocks', { signal }),
    staleTime: 30 * SECONDS,
  });

/** The newest events. Only auditors may ask. */
export const useRecentEvents = (limit: number, enabled: boolean) =>
  useQuery({
    queryKey: ['recent-events', limit],
    queryFn: ({ signal }) => callApi<Events>(`events?limit=${limit}`, { signal, scans: true }),
    enabled,
    staleTime: 30 * SECONDS,
    refetchInterval: 60 * SECONDS,
  });

/** Only operators see which checks fail. An unavailable broker replies 503 with the same body. */
export const useReadiness = () =>
  useQuery({
    queryKey: ['readiness'],
    queryFn: ({ signal }) => callApi<ShownReadiness>('health/ready', { signal }),
    refetchInterval: 60 * SECONDS,
    retry: false,
  });
