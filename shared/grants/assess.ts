import { inAzureOrder } from '../azure/permissions.ts';
import { isOfService, letterOrderOf } from '../azure/resources.ts';
import type { SasKind } from '../azure/sas-kinds.ts';
import { userDelegationFault } from '../azure/sas-versions.ts';
import type { Grant, StorageAccount } from '../config/broker-config.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import { assessIp } from './assess-ip.ts';
import { assessTimes } from './assess-times.ts';
import type { Assessment, Part, Question } from './assessment.ts';

/** Compares a request with one grant and one kind: the terms it would get, and where it asks for more. */
export function assess(grant: Grant, kind: SasKind, question: Question): Assessment {
  const permissions = assessPermissions(grant, question.request);
  const times = assessTimes(grant, kind, question);
  const ip = assessIp(grant, question);
  const protocol = assessProtocol(grant, question.request);
  const kindPart = assessKind(grant, kind, question);
  const agent = assessAgent(grant, question.request);
  const shortfalls = [
    kindPart.shortfall,
    agent.shortfall,
    permissions.shortfall,
    ...times.shortfalls,
    ip.shortfall,
    protocol.shortfall,
  ].filter((shortfall) => shortfall !== null);
  return {
    terms: {
      permissions: permissions.value,
      ...times.value,
      ip: ip.value,
      protocol: protocol.value,
    },
    shortfalls,
  };
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

/** The agent owns what it creates, even after the token expires, so a grant must allow it explicitly. */
function assessAgent(grant: Grant, { agent }: TokenRequest): Part<TokenRequest['agent']> {
  if (agent === null || grant.agents.has(agent.kind)) return { value: agent, shortfall: null };
  const message = `grant ${grant.id} does not allow tokens that name their caller as an ${agent.kind} agent`;
  return { value: agent, shortfall: { field: 'agent', message, asked: agent.kind, granted: null } };
}

/** Returns why this kind cannot serve the request, whatever a grant allows, or null. */
export function unfitness(kind: SasKind, request: TokenRequest, account: StorageAccount): string | null {
  return kind === 'user-delegation'
    ? unfitForDelegation(request, account)
    : unfitForKey(kind, request, account);
}

function unfitForKey(kind: SasKind, request: TokenRequest, account: StorageAccount): string | null {
  if (!account.allowSharedKeyAccess)
    return `this account has allowSharedKeyAccess: false, so storage rejects ${kind} SAS: only user delegation SAS can be issued for it`;
  if (account.keys === null)
    return 'this account is configured without keys, so only user delegation SAS can be issued for it';
  if (request.boundUser !== null) return 'only a user delegation SAS can be bound to its caller';
  return request.agent === null ? null : 'only a user delegation SAS can name its agent';
}

function unfitForDelegation(request: TokenRequest, account: StorageAccount): string | null {
  if (request.policy !== null || request.revocable)
    return 'a stored access policy works with service SAS only';
  const { resource } = request;
  return isOfService(resource)
    ? userDelegationFault(resource.service, account.sasVersion)
    : 'user delegation SAS cannot cover whole services';
}

function assessPermissions(grant: Grant, request: TokenRequest): Part<string> {
  const asked = request.permissions;
  const what = letterOrderOf(request.resource);
  const granted = grant.permissions[what];
  const kept = Array.from(asked)
    .filter((letter) => granted.has(letter))
    .join('');
  if (kept === asked) return { value: asked, shortfall: null };
  const beyond = Array.from(asked)
    .filter((letter) => !granted.has(letter))
    .join('');
  const limit = inAzureOrder(granted, what);
  return {
    value: kept,
    shortfall: {
      field: 'permissions',
      message:
        limit === ''
          ? `grant ${grant.id} allows none of ${asked}`
          : `grant ${grant.id} allows ${limit}, not ${beyond}`,
      asked,
      granted: kept === '' ? null : kept,
    },
  };
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
