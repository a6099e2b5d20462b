import { useCallback, useState } from 'react';
import { callApi } from '../api/api.ts';
import type { IssuedToken } from '../api/replies.ts';

type Issue =
  | { readonly status: 'none' | 'busy' }
  | { readonly status: 'failed'; readonly error: unknown }
  | { readonly status: 'got'; readonly token: IssuedToken };

/** Asks for a token once, without a retry, and keeps it out of every cache. */
export function useIssue() {
  const [issue, setIssue] = useState<Issue>({ status: 'none' });
  const ask = useCallback(async (body: unknown) => {
    setIssue({ status: 'busy' });
    try {
      const token = await callApi<IssuedToken>('tokens', { method: 'POST', body });
      setIssue({ status: 'got', token });
    } catch (error) {
      setIssue({ status: 'failed', error });
    }
  }, []);
  const drop = useCallback(() => setIssue({ status: 'none' }), []);
  return { issue, ask, drop };
}
