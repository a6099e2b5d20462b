import { Tooltip } from '@fluentui/react-components';
import { useReadiness } from '../api/queries.ts';
import { readinessText } from './readiness-text.ts';

const TONES = { ready: 'good', degraded: 'warn', unavailable: 'bad' } as const;
const WORDS = { ready: 'Ready', degraded: 'Degraded', unavailable: 'Unavailable' } as const;

/** Whether the broker can issue tokens. Only operators learn which checks fail. */
export function ReadinessPill() {
  const { data } = useReadiness();
  if (data === undefined) return null;
  return (
    <Tooltip content={readinessText(data)} relationship="description">
      <span className="ready" tabIndex={0} role="note">
        <i className={`dot ${TONES[data.status]}`} />
        {WORDS[data.status]}
      </span>
    </Tooltip>
  );
}
