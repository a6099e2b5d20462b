import { useQuery } from '@tanstack/react-query';
import { callApi } from '../api/api.ts';
import { ApiProblem } from '../api/problem.ts';
import type { Failure } from './act.ts';
import type { Plan } from './lever-words.ts';
import type { Target } from './target.ts';

/** The plan of a target. It changes nothing, so it may be read again; only a person does so. */
export const usePlan = (target: Target) =>
  useQuery({
    queryKey: ['plan', target],
    queryFn: ({ signal }) =>
      callApi<Plan>('revocations', { method: 'POST', body: { target }, scans: true, signal }),
    gcTime: 0,
    refetchOnMount: 'always',
  });

/** Returns why an act failed; null if the broker did not answer. */
export function failureOf(error: unknown): Failure | null {
  if (!(error instanceof ApiProblem) || error.status === 0) return null;
  const { status, code, message, requestId, members } = error;
  const command = typeof members['command'] === 'string' ? members['command'] : null;
  return { status, code, detail: message, requestId, command };
}
