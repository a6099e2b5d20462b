import type { Column, Row } from './table.ts';
import { readableTime } from './times.ts';

/** The key that signed a token, as replies show it. Of a token without a row, less is known. */
export type SignedWith =
  | { readonly key: string | null; readonly secretVersion: string | null; readonly keyId: string | null }
  | {
      readonly delegationKey: {
        readonly objectId: string;
        readonly startsAt: string | null;
        readonly expiresAt: string | null;
      };
    };

/** The members of an audit record that are shown. */
export interface TokenRecord {
  readonly id: string;
  readonly fingerprint: string;
  readonly issuedAt: string;
  readonly startsAt: string | null;
  readonly expiresAt: string;
  readonly kind: string;
  readonly resource: Readonly<Record<string, string | readonly string[]>>;
  readonly permissions: string;
  readonly permissionNames: readonly string[];
  readonly ip: string | null;
  readonly protocol: string;
  readonly policy: string | null;
  readonly grant: string;
  readonly caller: {
    readonly issuer: string;
    readonly subject: string;
    readonly name: string | null;
    readonly ip: string | null;
  };
  readonly signedWith: SignedWith;
  readonly correlationId: string | null;
  readonly purpose: string | null;
  readonly requestId: string;
  readonly state: string;
  readonly endedBy: { readonly lever: string; readonly at: string; readonly by: string | null } | null;
  readonly completion: {
    readonly outcome: string;
    readonly at: string;
    readonly detail: string | null;
  } | null;
}

export const TOKEN_COLUMNS: readonly Column[] = [
  { title: 'EXPIRES', long: 'whole' },
  { title: 'STATE', long: 'whole' },
  { title: 'KIND', long: 'whole' },
  { title: 'MAY' },
  { title: 'RESOURCE', long: 'cut-middle' },
  { title: 'CALLER' },
];

/** Returns a token as a row, with its id and its caller's below it. */
export function tokenRow(record: TokenRecord): Row {
  const { expiresAt, state, kind, permissions, resource, caller, id } = record;
  const who = caller.name ?? caller.subject;
  const cells = [readableTime(expiresAt), state, kind, permissions, resourceText(resource), who];
  return { cells, below: `${id}  ${caller.issuer}/${caller.subject}` };
}

/** Returns the names and values that describe a token. */
export function tokenFields(record: TokenRecord): (readonly [string, string | null])[] {
  const { endedBy, completion, caller } = record;
  return [
    ['id', record.id],
    ['state', record.state],
    ['caller', callerText(caller) + (caller.ip === null ? '' : ` from ${caller.ip}`)],
    ['grant', record.grant],
    ['may', `${record.permissions} (${record.permissionNames.join(', ')})`],
    ['on', resourceText(record.resource)],
    ['kind', record.kind],
    ['signed with', signerText(record.signedWith)],
    ['policy', record.policy],
    ['issued', readableTime(record.issuedAt)],
    ['starts', record.startsAt && readableTime(record.startsAt)],
    ['expires', readableTime(record.expiresAt)],
    ['only from', record.ip],
    ['protocol', record.protocol],
    ['purpose', record.purpose],
    [
      'ended by',
      endedBy && `${endedBy.lever}, ordered ${readableTime(endedBy.at)} by ${endedBy.by ?? 'something else'}`,
    ],
    [
      'completed',
      completion && [completion.outcome, readableTime(completion.at), completion.detail ?? ''].join(' '),
    ],
    ['correlation', record.correlationId],
    ['request', record.requestId],
    ['fingerprint', record.fingerprint],
  ];
}

/** Returns `issuer/subject` as commands accept it, and the name if there is one. */
export function callerText(caller: {
  readonly issuer: string;
  readonly subject: string;
  readonly name?: string | null;
}): string {
  const id = `${caller.issuer}/${caller.subject}`;
  return caller.name === null || caller.name === undefined ? id : `${caller.name} ${id}`;
}

/** Returns the key that signed a token, in words. */
export function signerText(signer: SignedWith): string {
  if ('delegationKey' in signer) {
    const { objectId, startsAt, expiresAt } = signer.delegationKey;
    return `user delegation key of ${objectId}, ${readableTime(startsAt)} to ${readableTime(expiresAt)}`;
  }
  const parts = [
    ...(signer.secretVersion === null ? [] : [`secret version ${signer.secretVersion}`]),
    ...(signer.keyId === null ? [] : [`key id ${signer.keyId}`]),
  ];
  return `${signer.key ?? 'an account key'} (${parts.join(', ')})`;
}

/** Returns the parts of a resource, from the account on, between slashes: `media/blob/photos/a.jpg`. */
export function resourceText(resource: TokenRecord['resource']): string {
  const { account, service, services, resourceTypes, snapshot, versionId, directory, ...rest } = resource;
  const last = directory === undefined ? [] : [`${plain(directory)}/`];
  const { partitionKeyStart, partitionKeyEnd, rowKeyStart, rowKeyEnd, ...names } = rest;
  const path = [account, service, ...Object.values(names), ...last].filter((part) => part !== undefined);
  const ranges = Object.entries({
    partitionKeyStart,
    partitionKeyEnd,
    rowKeyStart,
    rowKeyEnd,
    snapshot,
    versionId,
  })
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => ` ${name}=${plain(value)}`);
  const covers = [services, resourceTypes]
    .filter((part) => part !== undefined)
    .map((part) => ` ${plain(part)}`);
  return [path.map(plain).join('/'), ...ranges, ...covers].join('');
}

const plain = (value: string | readonly string[] | undefined): string =>
  typeof value === 'string' ? value : (value ?? []).join(',');
