import { isOfService, scopeOf } from '../azure/resources.ts';
import type { Fault } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { versionHasField, versionHasLetter } from '../azure/sas-versions.ts';
import { lettersFor } from '../azure/permissions.ts';
import type { AppliedPolicy } from './apply-policy.ts';
import { AGENT_FIELDS, type OptionalField } from '../azure/sas-kinds.ts';

/** What the account itself cannot do, whoever asks. For callers whom a grant covers: others must not learn of it. */
export function accountFaults(applied: AppliedPolicy, account: StorageAccount): Fault[] {
  return [
    ...fieldFaults(applied, account),
    ...letterFaults(applied, account),
    ...namespaceFaults(applied, account),
    ...sasPolicyFaults(applied, account),
  ];
}

/** Optional fields that the endpoint, or the pinned version, does not have. */
function fieldFaults({ request }: AppliedPolicy, account: StorageAccount): Fault[] {
  const { encryptionScope, boundUser, agent } = request;
  const refuse = (path: string, field: OptionalField, what: string): Fault[] => {
    if (account.unsupportedFields.has(field))
      return [{ path, message: `this account’s endpoint takes no ${what} (${field})` }];
    if (versionHasField(account.sasVersion, field)) return [];
    return [{ path, message: `the version that this account pins (${account.sasVersion}) has no ${what}` }];
  };
  return [
    ...(encryptionScope === null ? [] : refuse('encryptionScope', 'ses', 'encryption scope')),
    ...(boundUser === null ? [] : refuse('bindTo', 'sduoid', 'token that is bound to a user')),
    ...(agent === null ? [] : refuse('agent', AGENT_FIELDS[agent.kind], 'agent')),
  ];
}

function letterFaults({ request, held }: AppliedPolicy, { sasVersion }: StorageAccount): Fault[] {
  const { resource, permissions } = request;
  const newer = isOfService(resource)
    ? Array.from(permissions).filter((letter) => !versionHasLetter(sasVersion, letter))
    : [];
  const message = `${newer.join(', ')} is newer than the version that this account pins (${sasVersion})`;
  return newer.length === 0 ? [] : [{ path: held.permissions ? 'policy' : 'permissions', message }];
}

function namespaceFaults({ request }: AppliedPolicy, account: StorageAccount): Fault[] {
  if (account.hierarchical) return [];
  const { resource, agent, permissions } = request;
  const needs = 'needs an account with a hierarchical namespace';
  // A flat account has no directories, so that no letter of one would be right.
  const isDirectory = isOfService(resource) && scopeOf(resource) === 'directory';
  const allowed = lettersFor(resource, false);
  const wrong = Array.from(permissions).filter((letter) => !isDirectory && !allowed.has(letter));
  return [
    ...(isDirectory ? [{ path: 'resource.directory', message: needs }] : []),
    ...(agent === null ? [] : [{ path: 'agent', message: needs }]),
    ...(wrong.length === 0 ? [] : [{ path: 'permissions', message: `${wrong.join(', ')} ${needs}` }]),
  ];
}

/** Storage counts from the start to the expiry that the token itself carries. */
function sasPolicyFaults({ held }: AppliedPolicy, { sasPolicy }: StorageAccount): Fault[] {
  if (sasPolicy === null || !(held.start || held.expiry)) return [];
  const what = held.start && held.expiry ? 'start and expiry' : held.start ? 'the start' : 'the expiry';
  return [
    {
      path: 'policy',
      message: `holds ${what}, and this account’s sasPolicy wants both in the token; use a policy that holds permissions only`,
    },
  ];
}
