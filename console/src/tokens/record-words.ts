import type { AuditRecordView } from '../../../shared/deaths/audit-record-view.ts';
import { lengthText } from '../time/format.ts';

type Resource = AuditRecordView['resource'];

/** How a record's badge looks. */
export interface RecordBadge {
  readonly text: string;
  readonly color: 'success' | 'warning' | 'informative';
}

/** Returns what a token is for as a path, such as `media/blob/uploads/inbox/1.jpg`. */
export function resourceText(resource: Resource): string {
  if (resource.services !== undefined)
    return `${resource.account}: ${resource.services.join(', ')} (${(resource.resourceTypes ?? []).join(', ')})`;
  const parts = [
    resource.account,
    resource.service,
    placeOf(resource),
    resource.directory ?? resource.blob ?? resource.file,
  ];
  return (
    parts.filter((part) => part !== undefined && part !== '').join('/') +
    (resource.directory === undefined ? '' : '/')
  );
}

/** Returns the container, queue, table or share of a resource; undefined for an account SAS. */
export function placeOf({ container, queue, table, share }: Resource): string | undefined {
  return container ?? queue ?? table ?? share;
}

/** Returns the services that a token works on. */
export function servicesOf({ service, services }: Resource): readonly string[] {
  return services ?? (service === undefined ? [] : [service]);
}

/** Returns the state of a token. @param now the broker's time in milliseconds. */
export function recordBadge(
  { state, expiresAt }: Pick<AuditRecordView, 'state' | 'expiresAt'>,
  now: number,
): RecordBadge {
  switch (state) {
    case 'live': {
      const left = (Date.parse(expiresAt) - now) / 1000;
      return {
        text: left > 0 ? `live · ${lengthText(left)} left` : 'live · past its expiry',
        color: 'success',
      };
    }
    case 'unproved':
      return { text: 'ended · not proved', color: 'warning' };
    case 'revoked':
      return { text: 'revoked', color: 'informative' };
    case 'expired':
      return { text: 'expired', color: 'informative' };
  }
}

/** Returns what signed a token, and how, such as `key1 of media (service SAS)`. */
export function signedWithText({ signedWith, resource: { account }, kind }: AuditRecordView): string {
  if ('delegationKey' in signedWith) return `a user delegation key of ${account}`;
  return `${signedWith.key ?? 'a key'} of ${account} (${kind === 'account' ? 'account' : 'service'} SAS)`;
}
