import { isOfService, type Resource, type ServiceResource } from '../azure/resources.ts';
import type { Fault } from '../broker-error.ts';
import type { TokenRequestMembers } from './token-request-schema.ts';

type Refuse = (path: keyof TokenRequestMembers, message: string) => void;

const DELEGATION_ONLY = {
  bindTo: 'only a user delegation SAS can be bound to its caller',
  agent: 'only a user delegation SAS can name its agent',
} as const;

/** Members that not every kind and resource takes: what a SAS would silently leave out is refused. */
export function checkFit(members: TokenRequestMembers, resource: Resource, faults: Fault[]): void {
  const refuse: Refuse = (path, message) => faults.push({ path, message });
  if (!isOfService(resource)) {
    checkAccountFit(members, refuse);
    return;
  }
  if (members.kind === 'account')
    refuse('kind', 'an account SAS is asked for with services and resourceTypes');
  if (members.kind === 'user-delegation' && resource.service === 'table')
    refuse('kind', 'no SDK signs user delegation SAS for tables yet; ask for service');
  checkPolicyFit(members, refuse);
  checkUserFit(members, resource, refuse);
  checkServiceFit(members, resource, refuse);
}

function checkAccountFit(members: TokenRequestMembers, refuse: Refuse): void {
  const { kind = 'auto', policy, revocable = false, responseHeaders } = members;
  if (kind !== 'account') refuse('kind', 'must be "account" for services and resourceTypes');
  if (policy !== undefined) refuse('policy', 'an account SAS takes no stored access policy');
  if (revocable) refuse('revocable', 'an account SAS takes no stored access policy');
  if (responseHeaders !== undefined) refuse('responseHeaders', 'an account SAS takes none');
  for (const path of ['bindTo', 'agent'] as const)
    if (members[path] !== undefined) refuse(path, DELEGATION_ONLY[path]);
}

function checkPolicyFit({ kind, policy, revocable = false }: TokenRequestMembers, refuse: Refuse): void {
  const delegated = kind === 'user-delegation';
  if (delegated && policy !== undefined)
    refuse('policy', 'works with service SAS only; a user delegation SAS would silently lose it');
  if (delegated && revocable)
    refuse('revocable', 'needs a stored access policy, which works with service SAS only');
  if (revocable && policy !== undefined)
    refuse(
      'revocable',
      'the broker picks the policy of a revocable token: give only one of policy and revocable',
    );
}

/** Members that name the caller: fields of user delegation SAS. */
function checkUserFit(members: TokenRequestMembers, { service }: ServiceResource, refuse: Refuse): void {
  const { kind, policy, revocable = false } = members;
  for (const path of ['bindTo', 'agent'] as const) {
    if (members[path] === undefined) continue;
    if (policy !== undefined || revocable)
      refuse(path, 'works with user delegation SAS only, a stored access policy with service SAS only');
    else if (kind === 'service') refuse(path, DELEGATION_ONLY[path]);
  }
  if (members.agent !== undefined && service !== 'blob') refuse('agent', `a ${service} SAS takes none`);
}

function checkServiceFit(members: TokenRequestMembers, { service }: ServiceResource, refuse: Refuse): void {
  if (members.encryptionScope !== undefined && service !== 'blob')
    refuse('encryptionScope', `a ${service} SAS takes none`);
  if (members.responseHeaders !== undefined && service !== 'blob' && service !== 'file')
    refuse('responseHeaders', `a ${service} SAS takes none`);
}
