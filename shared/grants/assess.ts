import { lettersOfWhat, type SasKind } from '../azure-storage.ts';
import type { Grant, StorageAccount } from '../config/broker-config.ts';
import { bindableAddress } from '../identity/caller-address.ts';
import type { Caller } from '../identity/caller.ts';
import { rangeWithin } from '../issuing/ip-range.ts';
import { USER_DELEGATION_SINCE } from '../issuing/sas-string-to-sign.ts';
import { MAX_USER_DELEGATION_TTL, type TokenRequest } from '../issuing/token-request.ts';
import { addSeconds, formatDuration, formatInstant, wholeSecond } from '../iso-time.ts';
import { inAzureOrder } from '../permissions.ts';

/** What a token of one grant and kind would carry, after narrowing. */
export interface Terms {
  readonly permissions: string;
  readonly expiresAt: Date;
  readonly ip: string | null;
  readonly protocol: 'https' | 'https,http';
}

/** One way in which a request goes beyond a grant. `granted` null: no narrowing helps. */
export interface Shortfall {
  readonly field: 'kind' | 'permissions' | 'startsAt' | 'expiresAt' | 'ip' | 'protocol';
  readonly message: string;
  readonly asked: string | null;
  readonly granted: string | null;
}

export interface Assessment {
  readonly terms: Terms;
  readonly shortfalls: readonly Shortfall[];
}

interface Question {
  readonly caller: Caller;
  readonly request: TokenRequest;
  readonly account: StorageAccount;
  readonly now: Date;
}

/** Holds a request against one grant and one kind: the terms it would get, and where it asks for more. */
export function assess(grant: Grant, kind: SasKind, question: Question): Assessment {
  const permissions = assessPermissions(grant, question.request);
  const expiresAt = assessTimes(grant, kind, question);
  const ip = assessIp(grant, question);
  const protocol = assessProtocol(grant, question.request);
  const shortfalls = [assessKind(grant, kind, question), permissions, expiresAt, ip, protocol]
    .map((part) => part.shortfall)
    .filter((shortfall) => shortfall !== null);
  return {
    terms: {
      permissions: permissions.value,
      expiresAt: expiresAt.value,
      ip: ip.value,
      protocol: protocol.value,
    },
    shortfalls,
  };
}

/** How long from `now` a token of this kind may live at most, in seconds, whatever a grant says. */
export function horizonOf(kind: SasKind, account: StorageAccount): number {
  return kind === 'user-delegation' ? MAX_USER_DELEGATION_TTL : account.maxTokenTtl;
}

interface Part<Value> {
  readonly value: Value;
  readonly shortfall: Shortfall | null;
}

function assessKind(grant: Grant, kind: SasKind, { account, request }: Question): Part<SasKind> {
  const refuse = (message: string) => ({
    value: kind,
    shortfall: { field: 'kind', message, asked: kind, granted: null } as const,
  });
  if (!grant.kinds.has(kind))
    return refuse(`grant ${grant.id} allows ${[...grant.kinds].join(', ')} SAS, not ${kind}`);
  const unfit = unfitness(kind, request, account);
  return unfit === null ? { value: kind, shortfall: null } : refuse(unfit);
}

/** Why this kind cannot serve at all, whatever a grant says, or null. */
function unfitness(kind: SasKind, request: TokenRequest, account: StorageAccount): string | null {
  if (kind !== 'user-delegation')
    return account.keys === null
      ? 'this account is configured without keys: only user delegation SAS can be issued for it'
      : request.boundUser !== null
        ? 'only a user delegation SAS can be bound to its caller'
        : null;
  if (request.policy !== null || request.revocable)
    return 'a stored access policy works with service SAS only';
  const service = lettersOfWhat(request.resource);
  const since = service === 'account' ? null : USER_DELEGATION_SINCE[service];
  if (since === null)
    return `there is no user delegation SAS for ${service === 'account' ? 'whole services' : `the ${service} service`}`;
  return account.sasVersion < since
    ? `user delegation SAS for the ${service} service exist since ${since}; this account pins ${account.sasVersion}`
    : null;
}

function assessPermissions(grant: Grant, request: TokenRequest): Part<string> {
  const asked = request.permissions;
  const kept = Array.from(asked)
    .filter((letter) => grant.permissions.has(letter))
    .join('');
  if (kept === asked) return { value: asked, shortfall: null };
  const beyond = Array.from(asked)
    .filter((letter) => !grant.permissions.has(letter))
    .join('');
  const limit = inAzureOrder(grant.permissions, lettersOfWhat(request.resource));
  return {
    value: kept,
    shortfall: {
      field: 'permissions',
      message: `grant ${grant.id} allows ${limit}; ${beyond} is beyond it`,
      asked,
      granted: kept === '' ? null : kept,
    },
  };
}

function assessTimes(grant: Grant, kind: SasKind, { request, account, now }: Question): Part<Date> {
  const start = request.startsAt !== null && request.startsAt > now ? request.startsAt : now;
  const horizon = horizonOf(kind, account);
  const limit = wholeSecond(
    new Date(Math.min(addSeconds(start, grant.maxTtl).getTime(), addSeconds(now, horizon).getTime())),
  );
  const defaultExpiry = wholeSecond(addSeconds(start, grant.defaultTtl));
  const expiresAt = request.expiresAt ?? (defaultExpiry < limit ? defaultExpiry : limit);
  if (start >= limit)
    return {
      value: limit,
      shortfall: {
        field: 'startsAt',
        message: `must be within ${formatDuration(horizon)} from now, the longest that a token of this kind may be alive here`,
        asked: formatInstant(start),
        granted: null,
      },
    };
  if (expiresAt <= limit) return { value: expiresAt, shortfall: null };
  return {
    value: limit,
    shortfall: {
      field: 'expiresAt',
      message: `grant ${grant.id} allows at most ${formatDuration(Math.min(grant.maxTtl, horizon))}, until ${formatInstant(limit)}`,
      asked: formatInstant(expiresAt),
      granted: formatInstant(limit),
    },
  };
}

function assessIp(grant: Grant, { caller, request }: Question): Part<string | null> {
  const asked = request.ip;
  const refuse = (message: string, granted: string | null) => ({
    value: granted ?? asked,
    shortfall: { field: 'ip', message: `grant ${grant.id} ${message}`, asked, granted } as const,
  });
  switch (grant.ip.rule) {
    case 'any':
      return { value: asked, shortfall: null };
    case 'required':
      return asked === null
        ? refuse('needs an ip: an address, a range or "caller"', null)
        : { value: asked, shortfall: null };
    case 'range': {
      const { range } = grant.ip;
      if (asked !== null && rangeWithin(asked, range)) return { value: asked, shortfall: null };
      return refuse(
        `allows only addresses within ${range}`,
        asked === null || rangeWithin(range, asked) ? range : null,
      );
    }
    case 'caller': {
      const own = bindableAddress(caller.ip);
      if (!own.ok) return refuse(`binds tokens to the caller's own address, but ${own.reason}`, null);
      return asked === own.ip
        ? { value: asked, shortfall: null }
        : refuse('allows only ip: "caller"', own.ip);
    }
  }
}

function assessProtocol(grant: Grant, request: TokenRequest): Part<'https' | 'https,http'> {
  if (request.protocol === 'https' || grant.protocol === 'https,http')
    return { value: request.protocol, shortfall: null };
  return {
    value: 'https',
    shortfall: {
      field: 'protocol',
      message: `grant ${grant.id} allows https only`,
      asked: request.protocol,
      granted: 'https',
    },
  };
}
