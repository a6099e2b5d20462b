import { useQuery } from '@tanstack/react-query';
import { callApi } from '../api/api.ts';
import { brokerNow } from '../api/connection.ts';
import { proofOf, type Watched } from './proof.ts';
import type { Rotation } from './deaths.ts';
import { pollAfter } from './steps.ts';

/**
 * Reads an account's rotation again and again until the end that was ordered is proved.
 * @param order what is watched, but for the state that this reads.
 * @param startedAt when the reply came, by this machine's clock.
 */
export function useWatchedRotation(
  account: string,
  order: Omit<Watched, 'rotation'>,
  startedAt: number,
  initial: Rotation,
) {
  return useQuery({
    queryKey: ['rotation', account, 'watched', order.repliedAt],
    queryFn: ({ signal }) =>
      callApi<Rotation>(`accounts/${encodeURIComponent(account)}/rotation?counts=false`, { signal }),
    initialData: initial,
    refetchInterval: ({ state: { data } }) => {
      const rotation = data ?? initial;
      const proof = proofOf({ ...order, rotation }, brokerNow());
      return pollAfter(proof, rotation.phase, Date.now() - startedAt);
    },
  });
}
