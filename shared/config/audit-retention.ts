import { MAX_USER_DELEGATION_TTL } from '../azure/limits.ts';
import type { Fault } from '../broker-error.ts';
import { formatDuration } from '../iso-time.ts';
import { type BrokerConfig, clockSkewOf, type Grant } from './broker-config.ts';

const DAY = 86_400;

/** How long audit rows are kept, and a warning if `AUDIT_RETENTION` asks for less. */
export interface AuditRetention {
  /** In whole seconds after the hour of a token's expiry, of a denial or of an event. */
  readonly keptSeconds: number;
  readonly warning: Fault | null;
}

/**
 * Returns how long audit rows are kept: as long as `AUDIT_RETENTION` says, but at least a day, and at least as long as a
 * token can live by storage's clock. Anything less is taken as that.
 * @param setting `Settings.auditRetention`, in whole seconds.
 */
export function auditRetention(setting: number, config: BrokerConfig): AuditRetention {
  const least = Math.max(DAY, longestLife(config) + longestClockSkew(config));
  if (setting >= least) return { keptSeconds: setting, warning: null };
  const message = `is less than the shortest possible retention of ${formatDuration(least)}, so rows are kept for that long; set it to ${formatDuration(least)} or more`;
  return { keptSeconds: least, warning: { path: 'AUDIT_RETENTION', message } };
}

/**
 * Returns the longest time, in seconds, from the issue of a token of any kind to its expiry. A start in the future moves
 * the expiry by at most the grant's `maxAhead`, but never beyond what the kind allows from the time of issue. A grant in
 * report mode counts too: an instance with another version of broker.json may enforce it.
 */
function longestLife(config: BrokerConfig): number {
  return Math.max(
    0,
    ...config.grants.map((grant) =>
      Math.min(grant.maxTtl + grant.maxAhead, Math.max(0, ...lifeLimits(grant, config))),
    ),
  );
}

/** The limits of the kinds that a grant may give, counted from the time of issue. */
function lifeLimits({ kinds, resources, accountSas }: Grant, { accounts }: BrokerConfig): number[] {
  const signedFor = [...(kinds.has('service') ? resources : []), ...(kinds.has('account') ? accountSas : [])];
  return [
    ...(kinds.has('user-delegation') ? [MAX_USER_DELEGATION_TTL] : []),
    ...signedFor.map(({ account }) => accounts.get(account)?.maxTokenTtl ?? 0),
  ];
}

function longestClockSkew({ accounts }: BrokerConfig): number {
  return Math.max(0, ...[...accounts.values()].map(clockSkewOf));
}
