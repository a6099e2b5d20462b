import { lettersFor } from '../azure/permissions.ts';
import { isOfService, scopeOf } from '../azure/resources.ts';
import { AGENT_FIELDS, type OptionalField } from '../azure/sas-kinds.ts';
import { versionHasField, versionHasLetter } from '../azure/sas-versions.ts';
import type { Fault } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { AppliedPolicy } from './apply-policy.ts';

/** Returns what the account does not support for any caller. Only callers whom a grant covers may learn it. */
export function accountFaults(applied: AppliedPolicy, account: StorageAccount): Fault[] {
  return [
    ...fieldFaults(applied, account),
    ...letterFaults(applied, account),
    ...namespaceFaults(applied, account),
    ...sasPolicyFaults(applied, account),
  ];
}

/** Returns a fault for each optional field that the endpoint or the pinned version does not support. */
function fieldFaults({ request }: AppliedPolicy, account: StorageAccount): Fault[] {
  const { encryptionScope, boundUser, agent } = request;
  const refuse = (path: string, field: OptionalField, what: string): Fault[] => {
    if (account.unsupportedFields.has(field))
      return [{ path, message: `this account’s endpoint does not support ${what} (${field})` }];
    if (versionHasField(account.sasVersion, field)) return [];
    return [
      {
        path,
        message: `SAS version ${account.sasVersion}, which this account pins, does not support ${what}`,
      },
    ];
  };
  return [
    ...(encryptionScope === null ? [] : refuse('encryptionScope', 'ses', 'encryption scopes')),
    ...(boundUser === null ? [] : refuse('bindTo', 'sduoid', 'tokens bound to a user')),
    ...(agent === null ? [] : refuse('agent', AGENT_FIELDS[agent.kind], 'agents')),
  ];
}

function letterFaults({ request, held }: AppliedPolicy, { sasVersion }: StorageAccount): Fault[] {
  const { resource, permissions } = request;
  const newer = isOfService(resource)
    ? Array.from(permissions).filter((letter) => !versionHasLetter(sasVersion, letter))
    : [];
  const message = `SAS version ${sasVersion}, which this account pins, does not support ${newer.join(', ')}`;
  return newer.length === 0 ? [] : [{ path: held.permissions ? 'policy' : 'permissions', message }];
}

function namespaceFaults({ request }: AppliedPolicy, account: StorageAccount): Fault[] {
  if (account.hierarchical) return [];
  const { resource, agent, permissions } = request;
  const needs = 'requires an account with a hierarchical namespace';
  // A flat account has no directories, so the fault for a directory covers its letters too.
  const isDirectory = isOfService(resource) && scopeOf(resource) === 'directory';
  const allowed = lettersFor(resource, false);
  const wrong = Array.from(permissions).filter((letter) => !isDirectory && !allowed.has(letter));
  return [
    ...(isDirectory ? [{ path: 'resource.directory', message: needs }] : []),
    ...(agent === null ? [] : [{ path: 'agent', message: needs }]),
    ...(wrong.length === 0 ? [] : [{ path: 'permissions', message: `${wrong.join(', ')} ${needs}` }]),
  ];
}

/** Storage measures the period between the start and the expiry that the token itself carries. */
function sasPolicyFaults({ held }: AppliedPolicy, { sasPolicy }: StorageAccount): Fault[] {
  if (sasPolicy === null || !(held.start || held.expiry)) return [];
  const what =
    held.start && held.expiry ? 'the start and the expiry' : held.start ? 'the start' : 'the expiry';
  return [
    {
      path: 'policy',
      message: `sets ${what}, but this account’s sasPolicy requires both in the token; use a policy that sets permissions only`,
    },
  ];
}
