import { Badge } from '@fluentui/react-components';
import type { RotationState } from '../api/replies.ts';
import { Card } from '../parts/card.tsx';
import { Time } from '../time/time.tsx';

type Ended = NonNullable<RotationState['ended']>[number];

/** What ended tokens of the account before they expired, newest first. */
export function EndedList({ ended }: Pick<RotationState, 'ended'>) {
  if (ended === null) return <p className="muted">What was ended could not be read in time.</p>;
  if (ended.length === 0) return null;
  return (
    <Card title="Ended before it expired">
      <ol className="ended">
        {ended.map((one) => (
          <li key={`${one.what} ${one.keyId ?? one.policy ?? ''} ${one.orderedAt}`}>
            <span>{whatText(one)}</span>
            <Proof ended={one} />
            <small>
              ordered <Time at={one.orderedAt} /> by {one.by ?? 'something outside the broker'}
            </small>
          </li>
        ))}
      </ol>
    </Card>
  );
}

function whatText({ what, keyId, policy, place }: Ended): string {
  if (what === 'key') return `The key with the id ${keyId ?? 'unknown'}`;
  return what === 'policy'
    ? `The stored policy ${policy ?? ''} of ${place ?? ''}`
    : 'All user delegation keys';
}

function Proof({ ended: { proved, provedAt } }: { readonly ended: Ended }) {
  if (proved === true)
    return (
      <Badge appearance="tint" color="success">
        <span>dead, proved {provedAt === null ? null : <Time at={provedAt} />}</span>
      </Badge>
    );
  return (
    <Badge appearance="tint" color="warning">
      {proved === false ? 'storage still took it' : 'not tried'}
    </Badge>
  );
}
