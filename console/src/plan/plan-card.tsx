import { Card } from '../parts/card.tsx';
import { Failure } from '../state/failure.tsx';
import { Loading } from '../state/loading.tsx';
import type { PlanProps } from './plan-props.ts';
import { Planned } from './planned.tsx';
import { usePlan } from './use-plan.ts';

/** What ends the tokens of a target, and who loses tokens: from the plan to the proof. */
export function PlanCard(props: PlanProps) {
  const plan = usePlan(props.target);
  if (plan.data !== undefined)
    // A new plan starts at its beginning: nothing that was chosen or typed for the old one stays.
    return (
      <Planned key={plan.dataUpdatedAt} {...props} plan={plan.data} onReadAgain={() => void plan.refetch()} />
    );
  return (
    <Card title="End it">
      {plan.isError ? (
        <Failure error={plan.error} what="There is no plan." onRetry={() => void plan.refetch()} />
      ) : (
        <Loading lines={6} label="Counting what would end" />
      )}
    </Card>
  );
}
