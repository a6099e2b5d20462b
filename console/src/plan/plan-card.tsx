import type { AuditRecord, Me } from '../api/replies.ts';
import { Card } from '../parts/card.tsx';
import { Failure } from '../state/failure.tsx';
import { Loading } from '../state/loading.tsx';
import type { Proof } from '../watch/proof.ts';
import { Planned } from './planned.tsx';
import type { Target } from './target.ts';
import { usePlan } from './use-plan.ts';

export interface PlanProps {
  readonly target: Target;
  readonly me: Me;
  /** The record of the one token of the target, if the person may see it. */
  readonly record?: AuditRecord | null;
  /** Told what is known of the end that was ordered here. */
  readonly onProof?: (proof: Proof) => void;
}

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
