import {
  Badge,
  Link,
  MessageBar,
  MessageBarBody,
  MessageBarTitle,
  ProgressBar,
} from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { Revocation } from '../../../shared/revocation/revoke.ts';
import { brokerNow } from '../api/connection.ts';
import type { AuditRecord, Me } from '../api/replies.ts';
import { Card } from '../parts/card.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { useTakeFocus } from '../parts/use-take-focus.ts';
import { type Plan, type PlannedLever, leverDone, leverUnderWay } from '../plan/lever-words.ts';
import { placeHref } from '../route/places.ts';
import { Failure } from '../state/failure.tsx';
import { Time } from '../time/time.tsx';
import { useNow } from '../time/use-now.ts';
import { servicesOf } from '../tokens/record-words.ts';
import { deathsOf, givenOrder } from './deaths.ts';
import { proofText } from './proof-words.ts';
import { type Proof, proofOf, type Watched } from './proof.ts';
import { StepList } from './step-list.tsx';
import { watchSteps } from './steps.ts';
import { useEndingBadge } from './use-ending-badge.ts';
import { useWatchedRotation } from './use-watched-rotation.ts';

interface Props {
  readonly plan: Plan;
  readonly lever: PlannedLever;
  readonly reply: Revocation;
  readonly me: Me;
  readonly record: AuditRecord | null;
  readonly onProof?: ((proof: Proof) => void) | undefined;
}

/** Watches what was ordered until storage refuses it. */
export function Watching({ plan, lever, reply, me, record, onProof }: Props) {
  const focus = useTakeFocus<HTMLDivElement>();
  const [started] = useState(() => ({ at: Date.now(), repliedAt: new Date(brokerNow()).toISOString() }));
  const order: Omit<Watched, 'rotation'> = {
    lever,
    reply,
    repliedAt: started.repliedAt,
    services: record === null ? [] : servicesOf(record.resource),
  };
  const read = useWatchedRotation(lever.on.account, order, started.at, reply.rotation);
  const rotation = read.data;
  const now = useNow().getTime();
  const proof = proofOf({ ...order, rotation }, now);
  const badge = useEndingBadge(proof);
  useTellProof(proof, onProof);
  const isProved = proof.is === 'proved';
  return (
    <Card
      className="watching"
      title={isProved ? leverDone(lever) : leverUnderWay(lever)}
      tools={
        <span aria-live="polite">
          <Badge appearance="tint" color={badge?.color ?? 'warning'} className="state">
            {badge?.text}
          </Badge>
        </span>
      }
    >
      <div ref={focus} tabIndex={-1} className="watch taken">
        {isProved ? null : <ProgressBar aria-label={leverUnderWay(lever)} />}
        <StepList
          steps={watchSteps({ plan, lever, reply, rotation, proof })}
          order={givenOrder(deathsOf(reply, rotation.ended), `${me.issuer}/${me.subject}`, started.repliedAt)}
          deadBy={reply.deadBy}
          proof={proof}
          isPolicy={lever.lever === 'delete-policy'}
        />
        {isProved ? null : <HeldUp proof={proof} rotation={rotation} />}
        {read.isError ? <Failure error={read.error} what="The account’s state could not be read." /> : null}
        {reply.blockedBy === null ? null : (
          <p>
            The caller is blocked. Every instance refuses new tokens by{' '}
            <Time at={reply.blockedBy} as="clock" />.
          </p>
        )}
        <IssuedSince reply={reply} isAuditor={me.roles.includes('auditor')} account={lever.on.account} />
        {isProved ? null : (
          <p className="muted">
            You can leave this page: the order is in the journal and goes on after a crash.
          </p>
        )}
      </div>
    </Card>
  );
}

/** What keeps the proof away. */
function HeldUp({ proof, rotation }: { readonly proof: Proof; readonly rotation: Revocation['rotation'] }) {
  const missing = proofText(proof);
  return (
    <>
      {missing === null ? null : (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{missing}</MessageBarBody>
        </MessageBar>
      )}
      {rotation.lastError === null ? null : (
        <MessageBar intent="error" layout="multiline">
          <MessageBarBody>
            <MessageBarTitle>The rotation of {rotation.account} is held up.</MessageBarTitle>{' '}
            {rotation.lastError}
          </MessageBarBody>
        </MessageBar>
      )}
    </>
  );
}

/** Tells the screen around it, so that its badges say the same. */
function useTellProof(proof: Proof, onProof: Props['onProof']): void {
  const text = JSON.stringify(proof);
  useEffect(() => onProof?.(JSON.parse(text) as Proof), [text, onProof]);
}

interface IssuedProps {
  readonly reply: Revocation;
  readonly isAuditor: boolean;
  readonly account: string;
}

/** What the plan did not count because it was issued later. */
function IssuedSince({ reply: { issuedSince, scannedAll }, isAuditor, account }: IssuedProps) {
  const count = issuedSince.length;
  if (count === 0 && scannedAll) return null;
  const least = scannedAll ? '' : 'At least ';
  return (
    <MessageBar intent="info" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>
          {least}
          {count} {count === 1 ? 'token was' : 'tokens were'} issued since you saw the plan.
        </MessageBarTitle>{' '}
        {count === 1 ? 'It ends as well.' : 'They end as well.'}{' '}
        {count === 0 ? null : <CopyButton text={issuedSince.join('\n')} label="Copy their ids" />}
        {isAuditor ? (
          <Link href={placeHref('tokens', { account, state: 'any' })}>Tokens of {account}</Link>
        ) : null}
      </MessageBarBody>
    </MessageBar>
  );
}
