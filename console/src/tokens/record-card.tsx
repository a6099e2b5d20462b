import { Badge, Button, Link } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import type { AuditRecord } from '../api/replies.ts';
import { Card } from '../parts/card.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { Facts, Path } from '../parts/facts.tsx';
import { placeHref } from '../route/places.ts';
import { Time } from '../time/time.tsx';
import { useNow } from '../time/use-now.ts';
import { recordBadge, type RecordBadge, resourceText, signedWithText } from './record-words.ts';

interface Props {
  readonly record: AuditRecord;
  /** Instead of the badge of the record's state, if more is known by now. */
  readonly badge?: RecordBadge | null;
  readonly title?: string;
  readonly children?: ReactNode;
}

/** One issued token: whose it is, what it can do, and what became of it. */
export function RecordCard({ record, badge = null, title = 'Issued by this broker', children }: Props) {
  const now = useNow().getTime();
  const { text, color } = badge ?? recordBadge(record, now);
  const state = (
    <Badge appearance="tint" color={color} className="state">
      {text}
    </Badge>
  );
  return (
    <Card title={title} tools={state} className="record">
      <Who record={record} />
      <RecordFacts record={record} />
      <div className="actions">
        {children}
        <CopyButton wide text={JSON.stringify(record, null, 2)} label="Copy record as JSON" />
      </div>
    </Card>
  );
}

function Who({ record: { caller } }: Pick<Props, 'record'>) {
  return (
    <div className="who-card">
      <b>{caller.name ?? caller.subject}</b>
      <small className="mono">
        {caller.issuer} / {caller.subject}{' '}
        <CopyButton text={`${caller.issuer}/${caller.subject}`} label="Copy the id" />
      </small>
    </div>
  );
}

function RecordFacts({ record }: Pick<Props, 'record'>) {
  return <Facts rows={[...abilityRows(record), ...originRows(record), ...idRows(record)]} />;
}

type Row = readonly [string, ReactNode];

/** What it can do, and why it was given. */
function abilityRows(record: AuditRecord): Row[] {
  return [
    ['State', stateRow(record)],
    ['Allows', <Names key="allows" names={record.permissionNames} />],
    ['On', <Path key="on" text={resourceText(record.resource)} />],
    [
      'By grant',
      <Link key="grant" href={placeHref('tokens', { grant: record.grant })}>
        {record.grant}
      </Link>,
    ],
    ['For', record.purpose],
  ];
}

/** When, from where and by what it was made. */
function originRows(record: AuditRecord): Row[] {
  const { caller } = record;
  return [
    [
      'Issued',
      <span key="issued">
        <Time at={record.issuedAt} />
        {caller.ip === null ? '' : ` to ${caller.ip}`}
      </span>,
    ],
    ['Starts', record.startsAt === null ? null : <Time key="starts" at={record.startsAt} />],
    ['Expires', <Time key="expires" at={record.expiresAt} />],
    ['From', record.ip],
    ['Signed with', signedWithText(record)],
    ['Policy', record.policy],
    [
      'Only with',
      record.boundTo === null ? null : (
        <span key="bound">
          a bearer token of <code>{record.boundTo}</code>
        </span>
      ),
    ],
    ['Acts as', record.agent === null ? null : <code key="agent">{record.agent.objectId}</code>],
  ];
}

/** What its caller reported, and how it is found again. */
function idRows(record: AuditRecord): Row[] {
  const { completion } = record;
  return [
    [
      'Reported',
      completion === null ? (
        'nothing yet'
      ) : (
        <span key="done">
          {completion.outcome}
          {completion.detail === null ? '' : `: ${completion.detail}`}, <Time at={completion.at} />
        </span>
      ),
    ],
    [
      'Fingerprint',
      <span key="print" className="mono">
        {record.fingerprint.slice(0, 16)}…{' '}
        <CopyButton text={record.fingerprint} label="Copy the fingerprint" />
      </span>,
    ],
    [
      'Token id',
      <span key="id" className="mono id">
        {record.id} <CopyButton text={record.id} label="Copy the token id" />
      </span>,
    ],
  ];
}

/** What became of a token that is no longer live. */
function stateRow({ state, expiresAt, endedBy }: AuditRecord): ReactNode {
  if (endedBy !== null)
    return (
      <span>
        {state === 'revoked' ? 'ended' : 'ordered to end'} by {endedBy.lever}, <Time at={endedBy.at} />
        {endedBy.by === null ? '' : `, by ${endedBy.by}`}
        {state === 'unproved' ? '; nothing proves that storage refuses it' : ''}
      </span>
    );
  return state === 'expired' ? (
    <span>
      dead since <Time at={expiresAt} />: it expired
    </span>
  ) : null;
}

/** Names of permissions as small badges. */
export function Names({ names }: { readonly names: readonly string[] }) {
  return names.map((name) => (
    <Badge key={name} appearance="outline" color="informative">
      {name}
    </Badge>
  ));
}

/** Leads to the other tokens of a record's caller. */
export function OtherTokens({ record: { caller } }: Pick<Props, 'record'>) {
  const { issuer, subject } = caller;
  return (
    <Button as="a" href={placeHref('tokens', { issuer, subject })}>
      Other tokens of this caller
    </Button>
  );
}
