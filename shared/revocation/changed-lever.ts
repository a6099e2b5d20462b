import { BrokerError } from '../broker-error.ts';
import type { LeverName } from './lever.ts';

/**
 * Returns the error for a hash that no longer fits. It does not contain the present hash: whoever replays it acts on a
 * plan that nobody has seen.
 */
export function hasChanged(lever: LeverName): BrokerError {
  return new BrokerError(
    'conflict',
    `What ${lever} does here has changed since that plan. Read a new plan, and act with its planHash.`,
  );
}
