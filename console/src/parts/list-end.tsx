import { Button } from '@fluentui/react-components';
import type { ReactNode } from 'react';

interface Props {
  readonly hasMore: boolean;
  readonly isFetching: boolean;
  /** How far the list was read, such as "Searched to 18:00". */
  readonly searched: ReactNode;
  readonly onMore: () => void;
}

/** The end of a list that the server cuts into pages. */
export function ListEnd({ hasMore, isFetching, searched, onMore }: Props) {
  if (!hasMore && !isFetching) return null;
  return (
    <div className="actions list-end" role="status">
      <span className="muted">{isFetching ? 'Reading on…' : searched}</span>
      {hasMore && !isFetching ? (
        <Button size="small" onClick={onMore}>
          Search further
        </Button>
      ) : null}
    </div>
  );
}
