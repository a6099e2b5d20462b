import { hasChanged } from './changed-lever.ts';
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
  throw hasChanged(lever.name);
}
