import { useReducer, useRef } from 'react';
import { callApi } from '../api/api.ts';
import { Card } from '../parts/card.tsx';
import { Watching } from '../watch/watching.tsx';
import type { Revocation } from '../../../shared/revocation/revoke.ts';
import { actBody, blockBody, type Confirmation, type Outcome, outcomeOfFailure } from './act.ts';
import { Acting, NotActed } from './answers.tsx';
import { Blocked, type BlockedCaller } from './blocked.tsx';
import { ConfirmBlock, ConfirmLever } from './confirmations.tsx';
import { Choosing } from './choosing.tsx';
import { advance, START } from './journey.ts';
import { leverTitle, type Plan } from './lever-words.ts';
import type { PlanProps } from './plan-card.tsx';
import type { Target } from './target.ts';
import { failureOf } from './use-plan.ts';

interface Props extends PlanProps {
  readonly plan: Plan;
  readonly onReadAgain: () => void;
}

/** A plan that was read, and what a person does with it. */
export function Planned({ target, plan, me, record = null, onProof, onReadAgain }: Props) {
  const [journey, dispatch] = useReducer(advance, START);
  const sent = useRef(false);
  const lever = plan.levers.find(({ planHash }) => planHash === journey.choice) ?? null;
  const caller = blockableCaller(plan, target, record);

  /** Sends the one request that acts. It is never repeated: a second one needs a new plan. */
  const send = async (act: () => Promise<Outcome | 'blocked'>) => {
    if (sent.current) return;
    sent.current = true;
    dispatch({ move: 'act' });
    const outcome = await act().catch((error: unknown) => outcomeOfFailure(failureOf(error)));
    dispatch(outcome === 'blocked' ? { move: 'blocked' } : { move: 'answer', outcome });
  };
  const pull = (confirmation: Confirmation) =>
    send(async () => {
      if (lever === null) return outcomeOfFailure(null);
      const body = actBody(plan, lever, confirmation);
      return { is: 'ordered', reply: await callApi<Revocation>('revocations', { method: 'POST', body }) };
    });
  const block = (confirmation: Confirmation, hours: number | null) =>
    send(async () => {
      if (caller === null) return outcomeOfFailure(null);
      await callApi('callers/blocks', {
        method: 'POST',
        body: blockBody(caller, confirmation, hours, Date.now()),
      });
      return 'blocked';
    });

  if (journey.step === 'answered' && journey.outcome.is === 'ordered' && lever !== null)
    return (
      <Watching
        plan={plan}
        lever={lever}
        reply={journey.outcome.reply}
        me={me}
        record={record}
        onProof={onProof}
      />
    );
  if (journey.step === 'blocked' && caller !== null)
    return <Blocked caller={caller} onReadAgain={onReadAgain} />;
  const title = lever === null || journey.step !== 'acting' ? 'End it' : leverTitle(lever);
  return (
    <Card title={title}>
      {journey.step === 'acting' ? <Acting /> : null}
      {journey.step === 'answered' && journey.outcome.is !== 'ordered' ? (
        <NotActed outcome={journey.outcome} choice={journey.choice} onReadAgain={onReadAgain} />
      ) : null}
      {journey.step === 'choosing' || journey.step === 'confirming' ? (
        <Choosing
          target={target}
          plan={plan}
          lever={lever}
          choice={journey.choice}
          caller={caller}
          me={me}
          dispatch={dispatch}
        />
      ) : null}
      {journey.step === 'confirming' && lever !== null ? (
        <ConfirmLever
          plan={plan}
          lever={lever}
          caller={caller}
          onCancel={() => dispatch({ move: 'cancel' })}
          onAct={(confirmation) => void pull(confirmation)}
        />
      ) : null}
      {journey.step === 'confirming' && journey.choice === 'block' && caller !== null ? (
        <ConfirmBlock
          caller={caller}
          onCancel={() => dispatch({ move: 'cancel' })}
          onAct={(confirmation, hours) => void block(confirmation, hours)}
        />
      ) : null}
    </Card>
  );
}

/** Returns the one caller of a token or caller target who is not blocked yet. */
function blockableCaller(plan: Plan, target: Target, record: PlanProps['record']): BlockedCaller | null {
  if (!plan.block.possible || plan.block.active > 0) return null;
  const [caller, ...others] = plan.callers;
  if (caller !== undefined && others.length === 0) return caller;
  if ('caller' in target) return { ...target.caller, name: null };
  return record?.caller ?? null;
}
