import { SAS_KINDS } from '../azure/sas-kinds.ts';
import { userDelegationFault } from '../azure/sas-versions.ts';
import type { Service } from '../azure/services.ts';
import {
  type BrokerConfig,
  type Grant,
  signsWithKeys,
  type StorageAccount,
} from '../config/broker-config.ts';
import type { Claims } from '../config/claim-value.ts';
import { fillPattern } from '../config/fill-pattern.ts';
import type { ResourcePattern } from '../config/resource-pattern.ts';
import { blobResourceFaults } from '../requests/blob-names.ts';
import { fileResourceFaults } from '../requests/file-names.ts';
import { queueResourceFaults } from '../requests/queue-names.ts';
import { tableResourceFaults } from '../requests/table-names.ts';
import { fail, invalid, ok, type Rejection, type Result } from '../result.ts';

/** A resource of a grant that no token can be issued for, as the grant is configured. */
interface UnusablePattern {
  /** As configured, with its claims as templates. */
  readonly pattern: string;
  readonly why: string;
}

/** What a grant covers. */
export interface GrantReach {
  readonly resources: readonly string[];
  readonly unusable: readonly UnusablePattern[];
}

/**
 * Returns the resources of a grant, and those that nobody can get a token for.
 * @param claims fills in the caller's claims; null: the resources stay templates, and none is omitted.
 */
export function reachOfGrant(
  grant: Grant,
  { accounts }: Pick<BrokerConfig, 'accounts'>,
  claims: Claims | null,
): GrantReach {
  const resources: string[] = [];
  const unusable: UnusablePattern[] = [];
  for (const pattern of grant.resources) {
    const { source } = pattern;
    const text = usableText(pattern, grant, accounts.get(pattern.account), claims);
    if (claims === null) resources.push(source);
    else if (text.ok) resources.push(text.value);
    if (!text.ok) unusable.push({ pattern: source, why: text.fault.message });
  }
  return { resources, unusable };
}

function usableText(
  pattern: ResourcePattern,
  grant: Grant,
  account: StorageAccount | undefined,
  claims: Claims | null,
): Result<string, Rejection> {
  if (account === undefined) return invalid(`no account "${pattern.account}" is configured`);
  const why = kindsFault(grant, account, pattern.service);
  if (why !== null) return invalid(why);
  if (claims === null) return ok(pattern.source);
  const filled = fillPattern(pattern, claims);
  if (!filled.ok) return filled;
  const fault = topNameFault(filled.value, pattern.service);
  return fault === null ? filled : fail({ reason: 'invalid', message: fault });
}

/** Returns why no kind of the grant works for the service of the account; null if one does. */
function kindsFault(grant: Grant, account: StorageAccount, service: Service): string | null {
  const faults = SAS_KINDS.filter((kind) => kind !== 'account' && grant.kinds.has(kind)).map((kind) => {
    if (kind === 'user-delegation') return userDelegationFault(service, account.sasVersion);
    if (signsWithKeys(account)) return null;
    return account.keys === null
      ? `account "${account.name}" is configured without keys, so it has no service SAS`
      : `account "${account.name}" has allowSharedKeyAccess: false, so storage rejects service SAS`;
  });
  return faults.includes(null) ? null : faults.join('; ');
}

/** Returns why nothing can have the name of the container, queue, table or share in the path; null if something can. */
function topNameFault(path: string, service: Service): string | null {
  const name = path.split('/')[2] ?? '';
  if (name.includes('*')) return null;
  const [fault] = topFaults(service, name);
  return fault === undefined ? null : `with its claims filled in, its ${fault.path} ${fault.message}`;
}

function topFaults(service: Service, name: string): ReturnType<typeof queueResourceFaults> {
  switch (service) {
    case 'blob':
      return blobResourceFaults({ container: name });
    case 'queue':
      return queueResourceFaults({ queue: name });
    case 'table':
      return tableResourceFaults({ table: name });
    case 'file':
      return fileResourceFaults({ share: name });
  }
}
