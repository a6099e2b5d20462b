import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { rotationWaits } from '../rotation/rotation-waits.ts';
import type { LiveTokenList } from './live-token-list.ts';
import { revocationPlan, type RevocationPlan } from './revocation-plan.ts';
import type { RevocationRequest } from './revocation-request.ts';

/** Everything that revocation needs from outside. */
export interface RevocationPorts {
  readonly rotation: RotationPorts;
  readonly liveTokens: LiveTokenList;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** What one call to Azure may take, in whole seconds. */
  readonly requestTimeoutSeconds: number;
}

/** One call's own facts. */
export interface RevocationCall {
  /** `issuer/subject` of the operator. */
  readonly by: string;
  readonly now: Date;
  readonly deadline: Date;
}

/** Of the time that is left, what reading may take: the answer must still go out. */
const READING_SHARE = 0.8;

/**
 * Shows what each lever would kill. Changes nothing.
 * @throws BrokerError `audit_unavailable`, `storage_unavailable`.
 */
export async function planRevocation(
  ports: RevocationPorts,
  { target, account, lever }: RevocationRequest,
  { now, deadline }: RevocationCall,
): Promise<RevocationPlan> {
  const waits = rotationWaits(account, ports.requestTimeoutSeconds);
  const range = { issuedSince: null, now, deadline: instantAtShare(now, deadline, READING_SHARE) };
  const [journal, { tokens, scannedAll }] = await Promise.all([
    waits === null ? null : ports.rotation.journals.load(account.name).then((entry) => entry.journal),
    ports.liveTokens.list(account.name, range),
  ]);
  return revocationPlan(target, lever, { account, journal, waits, tokens, scannedAll, now });
}

/** The instant at which `share` of the time from `now` to `deadline` has passed. */
export function instantAtShare(now: Date, deadline: Date, share: number): Date {
  return new Date(now.getTime() + (deadline.getTime() - now.getTime()) * share);
}
