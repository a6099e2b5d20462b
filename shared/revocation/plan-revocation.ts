import type { RotationPorts } from '../rotation/rotation-ports.ts';
import { rotationWaits } from '../rotation/rotation-waits.ts';
import type { LiveTokenReader } from './live-token.ts';
import { revocationPlan, type RevocationPlan } from './revocation-plan.ts';
import type { RevocationRequest } from './revocation-request.ts';

/** Everything that revocation needs from outside. */
export interface RevocationPorts {
  readonly rotation: RotationPorts;
  readonly liveTokens: LiveTokenReader;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** Timeout of one call to Azure, in whole seconds. */
  readonly requestTimeoutSeconds: number;
}

/** Who makes a call, when, and until when the reply must be sent. */
export interface RevocationCall {
  /** `issuer/subject` of the operator. */
  readonly by: string;
  /** The operator's name, for people to read. */
  readonly byName: string | null;
  readonly now: Date;
  readonly deadline: Date;
}

/** The share of the remaining time that reading may take, so that the reply can still be sent. */
const READING_SHARE = 0.8;

/**
 * Makes a plan that shows what each lever would end. Changes nothing.
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

/** Returns the instant at which `share` (0 to 1) of the time from `now` to `deadline` has passed. */
export function instantAtShare(now: Date, deadline: Date, share: number): Date {
  return new Date(now.getTime() + (deadline.getTime() - now.getTime()) * share);
}
