import { isOfService, type Resource, type ServiceResource } from '../azure/resources.ts';
import type { Fault } from '../broker-error.ts';
import type { TokenRequestMembers } from './token-request-schema.ts';

const DELEGATION_ONLY = {
  bindTo: 'requires a user delegation SAS, because no other SAS can be bound to its caller',
  agent: 'requires a user delegation SAS, because no other SAS can name an agent',
} as const;

/**
 * Returns a fault for each member that the requested kind or resource does not support. Without these faults, the SAS
 * would silently lack what the caller asked for.
 */
export function fitFaults(members: TokenRequestMembers, resource: Resource): Fault[] {
  if (!isOfService(resource)) return accountFitFaults(members);
  return [
    ...kindFaults(members, resource),
    ...policyFaults(members),
    ...userFaults(members, resource),
    ...serviceFaults(members, resource),
  ];
}

function accountFitFaults(members: TokenRequestMembers): Fault[] {
  const { kind = 'auto', policy, revocable = false, responseHeaders, bindTo, agent } = members;
  return [
    ...faultIf(
      kind !== 'account',
      'kind',
      'must be "account" for a resource with services and resourceTypes',
    ),
    ...faultIf(policy !== undefined, 'policy', 'is not supported by an account SAS'),
    ...faultIf(
      revocable,
      'revocable',
      'requires a stored access policy, which an account SAS does not support',
    ),
    ...faultIf(responseHeaders !== undefined, 'responseHeaders', 'are not supported by an account SAS'),
    ...faultIf(bindTo !== undefined, 'bindTo', DELEGATION_ONLY.bindTo),
    ...faultIf(agent !== undefined, 'agent', DELEGATION_ONLY.agent),
  ];
}

function kindFaults({ kind }: TokenRequestMembers, { service }: ServiceResource): Fault[] {
  return [
    ...faultIf(
      kind === 'account',
      'kind',
      'must not be "account" for a resource of one service; an account SAS needs services and resourceTypes',
    ),
    ...faultIf(
      kind === 'user-delegation' && service === 'table',
      'kind',
      'must not be "user-delegation" for a table, because no SDK signs such a SAS yet; use "service"',
    ),
  ];
}

function policyFaults({ kind, policy, revocable = false }: TokenRequestMembers): Fault[] {
  const isDelegated = kind === 'user-delegation';
  return [
    ...faultIf(
      isDelegated && policy !== undefined,
      'policy',
      'is supported by service SAS only; a user delegation SAS would silently drop it',
    ),
    ...faultIf(
      isDelegated && revocable,
      'revocable',
      'requires a stored access policy, which only a service SAS supports',
    ),
    ...faultIf(
      revocable && policy !== undefined,
      'revocable',
      'give only one of policy and revocable; the broker selects the policy of a revocable token',
    ),
  ];
}

/** Members that name the caller, which are fields of a user delegation SAS. */
function userFaults(members: TokenRequestMembers, { service }: ServiceResource): Fault[] {
  const { kind, policy, revocable = false, agent } = members;
  const hasPolicy = policy !== undefined || revocable;
  const named = (['bindTo', 'agent'] as const).filter((path) => members[path] !== undefined);
  return [
    ...named.flatMap((path) => [
      ...faultIf(
        hasPolicy,
        path,
        'requires a user delegation SAS, but a stored access policy requires a service SAS',
      ),
      ...faultIf(!hasPolicy && kind === 'service', path, DELEGATION_ONLY[path]),
    ]),
    ...faultIf(agent !== undefined && service !== 'blob', 'agent', `is not supported by a ${service} SAS`),
  ];
}

function serviceFaults(
  { encryptionScope, responseHeaders }: TokenRequestMembers,
  { service }: ServiceResource,
): Fault[] {
  const hasHeaders = service === 'blob' || service === 'file';
  return [
    ...faultIf(
      encryptionScope !== undefined && service !== 'blob',
      'encryptionScope',
      `is not supported by a ${service} SAS`,
    ),
    ...faultIf(
      responseHeaders !== undefined && !hasHeaders,
      'responseHeaders',
      `are not supported by a ${service} SAS`,
    ),
  ];
}

function faultIf(condition: boolean, path: keyof TokenRequestMembers, message: string): Fault[] {
  return condition ? [{ path, message }] : [];
}
