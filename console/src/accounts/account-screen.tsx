import { Badge, Button, Link } from '@fluentui/react-components';
import { useState } from 'react';
import { useLiveSummary, useRotation } from '../api/queries.ts';
import type { Me, RotationState } from '../api/replies.ts';
import { Card } from '../parts/card.tsx';
import { Facts } from '../parts/facts.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Refresh } from '../parts/refresh.tsx';
import { placeHref } from '../route/places.ts';
import type { ScreenProps } from '../screen-props.ts';
import { Empty } from '../state/empty.tsx';
import { Failure } from '../state/failure.tsx';
import { Loading } from '../state/loading.tsx';
import { Time } from '../time/time.tsx';
import { LiveOn, PhaseBadges } from './account-parts.tsx';
import { pollEvery, waitText } from './account-text.ts';
import { EndedList } from './ended-list.tsx';
import { HistoryCard } from './history-card.tsx';
import { KeyCards } from './key-cards.tsx';
import { PhaseSteps } from './phase-steps.tsx';
import { RotateDialog } from './rotate-dialog.tsx';

/** One account: its keys, the phase of its rotation, and what happened to it. */
export function AccountScreen({ me, params }: ScreenProps) {
  const account = params['account'];
  if (account === undefined)
    return (
      <>
        <PageHead title="Account" />
        <section className="card">
          <Empty>
            This address names no account. <Link href={placeHref('accounts')}>All accounts</Link>
          </Empty>
        </section>
      </>
    );
  return <Account key={account} me={me} account={account} />;
}

function Account({ me, account }: { readonly me: Me; readonly account: string }) {
  const [actedAt, setActedAt] = useState<number | null>(null);
  const [phase, setPhase] = useState<RotationState['phase']>(null);
  const rotation = useRotation(account, pollEvery(phase, actedAt, Date.now()));
  const state = rotation.data;
  if (state !== undefined && state.phase !== phase) setPhase(state.phase);
  return (
    <>
      <PageHead
        title={
          <span className="title-line">
            {account} {state === undefined ? null : <PhaseBadges state={state} />}
          </span>
        }
        about={state === undefined ? undefined : waitText(state.phase)}
      >
        {state === undefined ? null : (
          <Actions me={me} state={state} onActed={() => setActedAt(Date.now())} />
        )}
        <Refresh onRefresh={() => void rotation.refetch()} busy={rotation.isFetching} />
      </PageHead>
      {rotation.isError ? (
        <Failure
          error={rotation.error}
          what="The account could not be read."
          onRetry={() => void rotation.refetch()}
        />
      ) : null}
      {rotation.isPending ? (
        <section className="card">
          <Loading lines={6} />
        </section>
      ) : null}
      {state === undefined ? null : <Details state={state} />}
    </>
  );
}

interface ActionsProps {
  readonly me: Me;
  readonly state: RotationState;
  readonly onActed: () => void;
}

function Actions({ me, state, onActed }: ActionsProps) {
  const isOperator = me.roles.includes('operator');
  const takesOver = state.phase === 'observed' || state.phase === 'paused';
  return (
    <>
      {isOperator && state.phase !== null ? (
        <RotateDialog state={state} takesOver={takesOver} onActed={onActed} />
      ) : null}
      <Button as="a" size="small" href={placeHref('plan', { account: state.account })}>
        End something…
      </Button>
    </>
  );
}

function Details({ state }: { readonly state: RotationState }) {
  const summary = useLiveSummary();
  const delegated = summary.data?.byAccount.find(({ account }) => account === state.account);
  return (
    <>
      <KeyCards state={state} summary={summary.data} />
      <Card title="Rotation">
        <PhaseSteps phase={state.phase} />
        <Facts
          rows={[
            ['Next due', state.nextDueAt === null ? null : <Time at={state.nextDueAt} />],
            [
              'Draining until',
              state.drainingUntil === null ? null : <Time at={state.drainingUntil} as="near" />,
            ],
            [
              'Last outcome',
              state.lastOutcome === null ? null : (
                <>
                  {state.lastOutcome.what} <Time at={state.lastOutcome.at} />
                </>
              ),
            ],
            [
              'Last error',
              state.lastError === null ? null : (
                <Badge key="error" appearance="tint" color="danger" className="long-badge">
                  {state.lastError}
                </Badge>
              ),
            ],
            [
              'Live tokens',
              delegated === undefined ? null : (
                <>
                  {delegated.userDelegation.toLocaleString('en')} by user delegation keys, key1{' '}
                  <LiveOn summary={summary.data} account={state.account} name="key1" />, key2{' '}
                  <LiveOn summary={summary.data} account={state.account} name="key2" />
                  {delegated.unnamed === 0 ? null : <>, {delegated.unnamed} by a key that is not named</>}
                </>
              ),
            ],
          ]}
        />
      </Card>
      <HistoryCard account={state.account} />
      <EndedList ended={state.ended} />
    </>
  );
}
