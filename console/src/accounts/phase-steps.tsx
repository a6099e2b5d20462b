import type { RotationState } from '../api/replies.ts';
import { STEPS } from './account-text.ts';

/** The phases of a rotation in order, and which of them the account is in. */
export function PhaseSteps({ phase }: { readonly phase: RotationState['phase'] }) {
  const steps =
    phase === 'observed' || phase === 'paused'
      ? [phase, 'steady' as const, ...STEPS]
      : ['steady' as const, ...STEPS];
  return (
    <ol className="steps" aria-label="Phases of a rotation">
      {steps.map((step) => (
        <li key={step} aria-current={step === phase ? 'step' : undefined}>
          {step}
        </li>
      ))}
    </ol>
  );
}
