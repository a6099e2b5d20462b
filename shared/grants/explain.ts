import { z } from 'zod';
import { lettersOfWhat, SAS_KINDS, type Resource } from '../azure-storage.ts';
import type { Fault } from '../broker-error.ts';
import type { BrokerConfig, Grant, IpRule, StorageAccount } from '../config/broker-config.ts';
import type { Caller } from '../identity/caller.ts';
import type { TokenRequest } from '../issuing/token-request.ts';
import { formatDuration, formatInstant } from '../iso-time.ts';
import { inAzureOrder, lettersFor, permissionNames } from '../permissions.ts';
import type { StoredPolicy } from '../stored-policies/stored-policy.ts';
import { unfitness } from './assess.ts';
import { longestLife } from './assess-times.ts';
import { authorize, type Denial } from './authorize.ts';
import type { Candidate } from './candidates.ts';
import type { AuthorizedToken } from './authorized-token.ts';

/** The largest request that one grant would pass, in the words of a request. */
export interface LargestRequest {
  readonly resource: Resource;
  readonly permissions: string;
  readonly ttl: string;
  readonly kind: string;
  readonly protocol: string;
  readonly ip?: string;
}

/** The reply of `POST /tokens/explain`; absent parts are null. */
export interface Explanation {
  readonly allowed: boolean;
  readonly grant: string | null;
  readonly kind: string | null;
  readonly kindReason: string | null;
  readonly wouldIssue: object | null;
  readonly missing: readonly Fault[];
  readonly largest: LargestRequest | null;
}

export const explanationSchema = z.object({
  allowed: z.boolean(),
  grant: z.string().nullable(),
  kind: z.enum(SAS_KINDS).nullable(),
  kindReason: z.string().nullable(),
  wouldIssue: z.record(z.string(), z.unknown()).nullable(),
  missing: z.array(z.object({ path: z.string(), message: z.string() })),
  largest: z.record(z.string(), z.unknown()).nullable(),
});

/** Says what `authorize` would decide and why; signs nothing and tells of nothing outside the caller's own grants. `policy`: as `authorize` takes it. */
export function explain(
  caller: Caller,
  request: TokenRequest,
  config: Pick<BrokerConfig, 'accounts' | 'grants'>,
  now: Date,
  policy?: StoredPolicy | null,
): Explanation {
  const { decision } = authorize(caller, request, config, now, policy);
  switch (decision.outcome) {
    case 'allowed':
      return explainAllowed(decision.token, request, config.grants);
    case 'invalid':
      return refused(decision.faults, null);
    case 'denied':
      return refused(decision.denial.missing, largestOf(decision.denial, request, config));
  }
}

function explainAllowed(
  token: AuthorizedToken,
  request: TokenRequest,
  grants: readonly Grant[],
): Explanation {
  const grant = grants.find(({ id }) => id === token.grant);
  return {
    allowed: true,
    grant: token.grant,
    kind: token.kind,
    kindReason: token.kindReason,
    wouldIssue: {
      resource: token.resource,
      permissions: token.permissions,
      permissionNames: permissionNames(token.permissions, lettersOfWhat(token.resource)),
      startsAt: token.startsAt && formatInstant(token.startsAt),
      expiresAt: formatInstant(token.expiresAt),
      ip: token.ip,
      protocol: token.protocol,
      policy: token.policy,
      clamped: token.clamped,
      narrowerKind: token.narrower.kind,
      hints: token.narrower.hints,
    },
    missing: [],
    largest: grant === undefined ? null : largest(grant, token.kind, request, token.account),
  };
}

function refused(missing: readonly Fault[], largestRequest: LargestRequest | null): Explanation {
  return {
    allowed: false,
    grant: null,
    kind: null,
    kindReason: null,
    wouldIssue: null,
    missing,
    largest: largestRequest,
  };
}

/** What the nearest grant would give at most; null where none of the caller's covers the resource. */
export function largestOf(
  denial: Denial,
  request: TokenRequest,
  config: Pick<BrokerConfig, 'accounts'>,
): LargestRequest | null {
  const account = config.accounts.get(request.resource.account);
  if (denial.nearest === null || account === undefined) return null;
  const { grant } = denial.nearest;
  const kind = usableKind(denial.nearest, request, account);
  return kind === null ? null : largest(grant, kind, request, account);
}

function usableKind(
  { grant, kind, shortfalls }: Candidate,
  request: TokenRequest,
  account: StorageAccount,
): Candidate['kind'] | null {
  if (!shortfalls.some(({ field }) => field === 'kind')) return kind;
  const other = kind === 'service' ? 'user-delegation' : 'service';
  return grant.kinds.has(other) && unfitness(other, request, account) === null ? other : null;
}

function largest(
  grant: Grant,
  kind: Candidate['kind'],
  request: TokenRequest,
  account: StorageAccount,
): LargestRequest {
  const { resource } = request;
  const letters = lettersFor(resource, account.hierarchical);
  const ip = largestIp(grant.ip, request.ip);
  return {
    resource,
    permissions: inAzureOrder(
      [...grant.permissions].filter((letter) => letters.has(letter)),
      lettersOfWhat(resource),
    ),
    ttl: formatDuration(Math.min(grant.maxTtl, longestLife(kind, account))),
    kind,
    protocol: grant.protocol,
    ...(ip === null ? {} : { ip }),
  };
}

function largestIp(rule: IpRule, asked: string | null): string | null {
  switch (rule.rule) {
    case 'any':
      return null;
    case 'caller':
      return 'caller';
    case 'required':
      return asked ?? 'caller';
    case 'range':
      return rule.range;
  }
}
