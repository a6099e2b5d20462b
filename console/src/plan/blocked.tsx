import { Button, Link } from '@fluentui/react-components';
import { Card } from '../parts/card.tsx';
import { useTakeFocus } from '../parts/use-take-focus.ts';
import { placeHref } from '../route/places.ts';

/** A caller who can be blocked. */
export interface BlockedCaller {
  readonly issuer: string;
  readonly subject: string;
  readonly name: string | null;
}

interface Props {
  readonly caller: BlockedCaller;
  readonly onReadAgain: () => void;
}

/** Says that a caller is blocked, and what that does not end. */
export function Blocked({ caller, onReadAgain }: Props) {
  const focus = useTakeFocus<HTMLDivElement>();
  const name = caller.name ?? caller.subject;
  return (
    <Card title={`${name} is blocked`}>
      <div ref={focus} tabIndex={-1} className="taken">
        <p>
          Every instance refuses new tokens within a minute. Live ones last until they expire.{' '}
          <Link href={placeHref('blocks')}>All blocks</Link>
        </p>
      </div>
      <div className="actions">
        <Button onClick={onReadAgain}>Look at a new plan</Button>
      </div>
    </Card>
  );
}
