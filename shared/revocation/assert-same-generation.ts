import { BrokerError } from '../broker-error.ts';
import { type LeverGeneration, planHash } from './lever.ts';
import type { RevocationOrder } from './revocation-request.ts';

/**
 * Checks that a lever still is what the operator was shown.
 * @param generation its state now.
 * @throws BrokerError `conflict`.
 */
export function assertSameGeneration(order: RevocationOrder, generation: LeverGeneration): void {
  const { target, lever, planHash: agreed } = order;
  if (agreed === null || agreed === planHash(target, lever, generation)) return;
  // The reply must not contain the present hash: whoever replays it acts on a plan that nobody has seen.
  throw new BrokerError(
    'conflict',
    `What ${lever.name} does here has changed since that plan. Read a new plan, and act with its planHash.`,
  );
}
