import { type Coverage, findCoverage } from '../grants/coverage.ts';
import type { Caller } from '../identity/caller.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import type { IssuingPorts } from './issuing-ports.ts';

/**
 * Finds what applies to a caller's request: the caller's block, or the caller's grants. Issuing and explaining both begin
 * here, so a blocked caller is refused by both.
 * @throws BrokerError `storage_unavailable` if it is unknown whether the caller is blocked.
 */
export async function readCoverage(
  { blocks, config }: Pick<IssuingPorts, 'blocks' | 'config'>,
  caller: Caller,
  request: TokenRequest,
  now: Date,
): Promise<Coverage> {
  return findCoverage(caller, request, config, now, await blocks.blockOf(caller, now));
}
