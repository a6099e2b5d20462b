import { Card } from '../parts/card.tsx';
import { Watching } from '../watch/watching.tsx';
import { Acting, NotActed } from './answers.tsx';
import { Blocked, type BlockedCaller } from './blocked.tsx';
import { ConfirmBlock, ConfirmLever } from './confirmations.tsx';
import { Choosing } from './choosing.tsx';
import { leverTitle, type Plan } from './lever-words.ts';
import type { PlanProps } from './plan-props.ts';
import type { Target } from './target.ts';
import { useJourney } from './use-journey.ts';

interface Props extends PlanProps {
  readonly plan: Plan;
  readonly onReadAgain: () => void;
}

/** A plan that was read, and what a person does with it. */
export function Planned({ target, plan, me, record = null, onProof, onReadAgain }: Props) {
  const caller = blockableCaller(plan, target, record);
  const { journey, lever, dispatch, pull, block } = useJourney(plan, caller);

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
          onAct={pull}
        />
      ) : null}
      {journey.step === 'confirming' && journey.choice === 'block' && caller !== null ? (
        <ConfirmBlock caller={caller} onCancel={() => dispatch({ move: 'cancel' })} onAct={block} />
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
