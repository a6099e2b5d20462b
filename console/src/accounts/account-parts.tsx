import { Badge } from '@fluentui/react-components';
import type { LiveSummary, RotationState } from '../api/replies.ts';
import { countText } from '../state/at-least.tsx';
import { useNow } from '../time/use-now.ts';
import { activeAge, phaseTone } from './account-text.ts';

export function PhaseBadges({ state }: { readonly state: RotationState }) {
  return (
    <span className="phase">
      <Badge appearance="tint" color={phaseTone(state.phase)}>
        {state.phase ?? 'not rotated'}
      </Badge>
      {state.overdue ? (
        <Badge appearance="filled" color="danger">
          overdue
        </Badge>
      ) : null}
    </span>
  );
}

/** The active key's age, with a bar of the time until its rotation is due. */
export function ActiveAge({ state }: { readonly state: RotationState }) {
  const { text, part } = activeAge(state, useNow());
  return (
    <div className="age">
      <span>{text}</span>
      {part === null ? null : (
        <span className="meter" aria-hidden="true">
          <i className={part > 1 ? 'late' : ''} style={{ width: `${Math.min(1, part) * 100}%` }} />
        </span>
      )}
    </div>
  );
}

/** How many live tokens a key has signed; the summary has the counts. */
export function LiveOn({
  summary,
  account,
  name,
}: {
  readonly summary: LiveSummary | undefined;
  readonly account: string;
  readonly name: 'key1' | 'key2';
}) {
  const counts = summary?.byAccount.find((one) => one.account === account);
  if (summary === undefined || counts === undefined) return <span className="muted">–</span>;
  return <>{countText(counts[name], summary.scannedAll)}</>;
}
