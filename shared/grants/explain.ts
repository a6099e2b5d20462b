import * as z from 'zod/mini';
import { permissionNames } from '../azure/permissions.ts';
import { letterOrderOf } from '../azure/resources.ts';
import { SAS_KINDS, type SasKind } from '../azure/sas-kinds.ts';
import type { Fault } from '../broker-error.ts';
import { formatInstant } from '../iso-time.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import type { StoredPolicy } from '../stored-policies/stored-policy.ts';
import { authorize, BLOCKED } from './authorize.ts';
import type { AuthorizedToken } from './authorized-token.ts';
import type { Coverage } from './coverage.ts';
import { largest, largestOf, type LargestRequest } from './largest-request.ts';
import { partHints } from './narrower.ts';
import { described } from '../input/described.ts';

/** The reply of `POST /tokens/explain`; absent parts are null. */
export interface Explanation {
  readonly allowed: boolean;
  readonly grant: string | null;
  readonly kind: string | null;
  readonly kindReason: string | null;
  readonly wouldIssue: object | null;
  readonly missing: readonly Fault[];
  readonly largest: LargestRequest | null;
  readonly narrowerKind: SasKind | null;
  readonly hints: readonly string[];
}

export const explanationSchema = z.object({
  allowed: z.boolean(),
  grant: z.nullable(z.string()),
  kind: z.nullable(z.enum(SAS_KINDS)),
  kindReason: z.nullable(z.string()),
  wouldIssue: z.nullable(z.record(z.string(), z.unknown())),
  missing: z.array(z.object({ path: z.string(), message: z.string() })),
  largest: z.nullable(z.record(z.string(), z.unknown())),
  narrowerKind: described(z.nullable(z.enum(SAS_KINDS)), 'As in the reply of POST /tokens'),
  hints: described(z.array(z.string()), 'How a request could be narrower'),
});

/**
 * Returns what `authorize` decides, and why. Signs nothing and reveals nothing outside the caller's own grants.
 * @param policy as for `authorize`.
 */
export function explain(coverage: Coverage, policy?: StoredPolicy | null): Explanation {
  const { request } = coverage;
  const { decision } = authorize(coverage, policy);
  switch (decision.outcome) {
    case 'allowed':
      return explainAllowed(decision.token, coverage);
    case 'blocked':
      return { ...explainRefusal(request, [BLOCKED], null), hints: [] };
    case 'invalid':
      return explainRefusal(request, decision.faults, null);
    case 'denied':
      return explainRefusal(request, decision.denial.missing, largestOf(decision.denial, coverage));
  }
}

function explainAllowed(token: AuthorizedToken, { caller, request, covering }: Coverage): Explanation {
  const grant = covering.find((one) => one.grant.id === token.grant)?.grant;
  return {
    allowed: true,
    grant: token.grant,
    kind: token.kind,
    kindReason: token.kindReason,
    wouldIssue: {
      resource: token.resource,
      permissions: token.permissions,
      permissionNames: permissionNames(token.permissions, letterOrderOf(token.resource)),
      startsAt: token.startsAt && formatInstant(token.startsAt),
      expiresAt: formatInstant(token.expiresAt),
      ip: token.ip,
      protocol: token.protocol,
      policy: token.policy,
      agent: token.agent,
      boundTo: token.delegatedUser?.objectId ?? null,
      clamped: token.clamped,
    },
    missing: [],
    largest:
      grant === undefined ? null : largest(grant, token.kind, { caller, request, account: token.account }),
    narrowerKind: token.narrower.kind,
    hints: token.narrower.hints,
  };
}

function explainRefusal(
  request: TokenRequest,
  missing: readonly Fault[],
  largestRequest: LargestRequest | null,
): Explanation {
  return {
    allowed: false,
    grant: null,
    kind: null,
    kindReason: null,
    wouldIssue: null,
    missing,
    largest: largestRequest,
    narrowerKind: null,
    hints: partHints(request),
  };
}
