import { inAzureOrder, lettersFor } from '../azure/permissions.ts';
import { isOfService, letterOrderOf, type Resource } from '../azure/resources.ts';
import type { SasKind } from '../azure/sas-kinds.ts';
import { versionHasLetter } from '../azure/sas-versions.ts';
import type { Grant, IpRule, StorageAccount } from '../config/broker-config.ts';
import { bindableAddress } from '../identity/caller-address.ts';
import { formatDuration } from '../iso-time.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import { satisfiesRequired } from './assess-ip.ts';
import { longestLife } from './assess-times.ts';
import { unfitness } from './assess.ts';
import type { Question } from './assessment.ts';
import type { Denial } from './authorize.ts';
import type { Candidate } from './candidates.ts';
import type { Coverage } from './coverage.ts';

/** The largest request that one grant allows, in the members of a request. */
export interface LargestRequest {
  readonly resource: Resource;
  readonly permissions: string;
  readonly ttl: string;
  readonly kind: string;
  readonly protocol: string;
  readonly ip?: string;
}

/** Returns the most that the nearest grant allows this caller; null if none of their grants covers the resource. */
export function largestOf(
  { nearest }: Denial,
  { caller, request, account }: Coverage,
): LargestRequest | null {
  if (nearest === null || account === null) return null;
  const { grant } = nearest;
  const kind = usableKind(nearest, request, account);
  return kind === null ? null : largest(grant, kind, { caller, request, account });
}

function usableKind(
  { grant, kind, shortfalls }: Candidate,
  request: TokenRequest,
  account: StorageAccount,
): SasKind | null {
  if (!shortfalls.some(({ field }) => field === 'kind')) return kind;
  const other = kind === 'service' ? 'user-delegation' : 'service';
  return grant.kinds.has(other) && unfitness(other, request, account) === null ? other : null;
}

/** Returns the most that this grant allows of this kind; null if it gives nothing on the resource, or not to this caller. */
export function largest(
  grant: Grant,
  kind: SasKind,
  { caller, request, account }: Omit<Question, 'now'>,
): LargestRequest | null {
  const { resource } = request;
  const known = lettersFor(resource, account.hierarchical);
  const isNew = (letter: string) => isOfService(resource) && !versionHasLetter(account.sasVersion, letter);
  const what = letterOrderOf(resource);
  const letters = [...grant.permissions[what]].filter((letter) => known.has(letter) && !isNew(letter));
  if (letters.length === 0) return null;
  const ip = largestIp(grant.ip, request.ip);
  if (ip === 'caller' && !bindableAddress(caller.ip).ok) return null;
  return {
    resource,
    permissions: inAzureOrder(letters, what),
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
      return asked !== null && satisfiesRequired(asked) ? asked : 'caller';
    case 'range':
      return rule.range;
  }
}
