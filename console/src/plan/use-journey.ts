import { useReducer, useRef } from 'react';
import type { Revocation } from '../../../shared/revocation/revoke.ts';
import { callApi } from '../api/api.ts';
import { brokerNow } from '../api/connection.ts';
import { actBody, blockBody, type Confirmation, type Outcome, outcomeOfFailure } from './act.ts';
import type { BlockedCaller } from './blocked.tsx';
import { advance, START } from './journey.ts';
import type { Plan } from './lever-words.ts';
import { failureOf } from './use-plan.ts';

/**
 * The way from a plan to its end.
 * @param caller whom a block is of; null if nobody can be blocked.
 */
export function useJourney(plan: Plan, caller: BlockedCaller | null) {
  const [journey, dispatch] = useReducer(advance, START);
  const sent = useRef(false);
  const lever = plan.levers.find(({ planHash }) => planHash === journey.choice) ?? null;

  /** Sends the one request that acts. It is never repeated: a second one needs a new plan. */
  const send = async (act: () => Promise<Outcome | 'blocked'>) => {
    if (sent.current) return;
    sent.current = true;
    dispatch({ move: 'act' });
    const outcome = await act().catch((error: unknown) => outcomeOfFailure(failureOf(error)));
    dispatch(outcome === 'blocked' ? { move: 'blocked' } : { move: 'answer', outcome });
  };
  const pull = (confirmation: Confirmation) =>
    void send(async () => {
      if (lever === null) return outcomeOfFailure(null);
      const body = actBody(plan, lever, confirmation);
      return { is: 'ordered', reply: await callApi<Revocation>('revocations', { method: 'POST', body }) };
    });
  const block = (confirmation: Confirmation, hours: number | null) =>
    void send(async () => {
      if (caller === null) return outcomeOfFailure(null);
      const body = blockBody(caller, confirmation, hours, brokerNow());
      await callApi('callers/blocks', { method: 'POST', body });
      return 'blocked';
    });
  return { journey, lever, dispatch, pull, block };
}
