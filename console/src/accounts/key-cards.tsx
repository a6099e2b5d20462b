import { Badge } from '@fluentui/react-components';
import type { LiveSummary, RotationState } from '../api/replies.ts';
import { roughText } from '../time/format.ts';
import { Time } from '../time/time.tsx';
import { useNow } from '../time/use-now.ts';
import { ActiveAge, LiveOn } from './account-parts.tsx';
import { ageSeconds } from './account-text.ts';

interface Props {
  readonly state: RotationState;
  readonly summary: LiveSummary | undefined;
}

/** Both keys of an account side by side. */
export function KeyCards({ state, summary }: Props) {
  return (
    <div className="keys">
      {state.keys.map((key) => (
        <KeyCard key={key.name} keyFacts={key} state={state} summary={summary} />
      ))}
    </div>
  );
}

function KeyCard({ keyFacts, state, summary }: Props & { readonly keyFacts: RotationState['keys'][number] }) {
  const { name, createdAt } = keyFacts;
  const age = ageSeconds(createdAt, useNow());
  const isActive = state.activeKey === name;
  const isDraining = !isActive && (state.phase === 'draining' || state.phase === 'retiring');
  const word =
    state.activeKey === null ? 'unknown' : isActive ? 'active' : isDraining ? 'draining' : 'standby';
  return (
    <section className="card" aria-label={name}>
      <header className="card-head">
        <h2>{name}</h2>
        <Badge appearance="tint" color={isActive ? 'success' : isDraining ? 'brand' : 'informative'}>
          {word}
        </Badge>
      </header>
      {isActive ? (
        <ActiveAge state={state} />
      ) : (
        <p>{age === null ? 'age unknown' : `${roughText(age)} old`}</p>
      )}
      <p className="muted">
        <LiveOn summary={summary} account={state.account} name={name} /> live tokens
        {createdAt === null ? null : (
          <>
            {' '}
            · made <Time at={createdAt} />
          </>
        )}
      </p>
    </section>
  );
}
