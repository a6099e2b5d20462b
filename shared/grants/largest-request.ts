import { isOfService, lettersOfWhat, type Resource } from '../azure/resources.ts';
import type { BrokerConfig, Grant, IpRule, StorageAccount } from '../config/broker-config.ts';
import { bindableAddress } from '../identity/caller-address.ts';
import type { Caller } from '../identity/caller.ts';
import { versionHasLetter } from '../azure/sas-versions.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import { formatDuration } from '../iso-time.ts';
import { inAzureOrder, lettersFor } from '../azure/permissions.ts';
import { unfitness } from './assess.ts';
import { longestLife } from './assess-times.ts';
import type { Question } from './assessment.ts';
import type { Denial } from './authorize.ts';
import type { Candidate } from './candidates.ts';
import type { SasKind } from '../azure/sas-kinds.ts';

/** The largest request that one grant would pass, in the words of a request. */
export interface LargestRequest {
  readonly resource: Resource;
  readonly permissions: string;
  readonly ttl: string;
  readonly kind: string;
  readonly protocol: string;
  readonly ip?: string;
}

/** What the nearest grant would give this caller at most; null where none of theirs covers the resource. */
export function largestOf(
  denial: Denial,
  caller: Caller,
  request: TokenRequest,
  config: Pick<BrokerConfig, 'accounts'>,
): LargestRequest | null {
  const account = config.accounts.get(request.resource.account);
  if (denial.nearest === null || account === undefined) return null;
  const { grant } = denial.nearest;
  const kind = usableKind(denial.nearest, request, account);
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

/** What this grant would give at most of this kind; null where it gives nothing of the resource, or not to this caller. */
export function largest(
  grant: Grant,
  kind: SasKind,
  { caller, request, account }: Omit<Question, 'now'>,
): LargestRequest | null {
  const { resource } = request;
  const taken = lettersFor(resource, account.hierarchical);
  const isNew = (letter: string) => isOfService(resource) && !versionHasLetter(account.sasVersion, letter);
  const what = lettersOfWhat(resource);
  const letters = [...grant.permissions[what]].filter((letter) => taken.has(letter) && !isNew(letter));
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
      return asked ?? 'caller';
    case 'range':
      return rule.range;
  }
}
