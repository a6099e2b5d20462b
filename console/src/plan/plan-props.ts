import type { AuditRecord, Me } from '../api/replies.ts';
import type { Proof } from '../watch/proof.ts';
import type { Target } from './target.ts';

/** What a plan is of, and who looks at it. */
export interface PlanProps {
  readonly target: Target;
  readonly me: Me;
  /** The record of the one token of the target, if the person may see it. */
  readonly record?: AuditRecord | null;
  /** Told what is known of the end that was ordered here. */
  readonly onProof?: (proof: Proof) => void;
}
