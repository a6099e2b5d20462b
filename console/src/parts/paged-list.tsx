import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Failure } from '../state/failure.tsx';
import { Loading } from '../state/loading.tsx';
import { ListEnd } from './list-end.tsx';
import { useReadsOn } from './use-reads-on.ts';

/** How many rows a page has. */
const LIMIT = 100;

interface Page<Row> {
  readonly items: readonly Row[];
  readonly nextCursor: string | null;
}
type List<Row> = UseInfiniteQueryResult<InfiniteData<Page<Row>>>;

interface Props<Row> {
  readonly list: List<Row>;
  /** What the list has, such as "tokens". */
  readonly what: string;
  readonly children: (rows: readonly Row[]) => ReactNode;
  /** What is shown if there are no rows. */
  readonly nothing: ReactNode;
  /** How far the list was read, from its last row. */
  readonly searched: (last: Row) => ReactNode;
}

export const rowsOf = <Row,>(list: List<Row>): Row[] => list.data?.pages.flatMap(({ items }) => items) ?? [];

/** A list that the broker cuts into pages, with its states. It reads short pages on, some at a time. */
export function PagedList<Row>({ list, what, children, nothing, searched }: Props<Row>) {
  const pages = list.data?.pages ?? [];
  const rows = rowsOf(list);
  const last = rows.at(-1);
  const more = useReadsOn({
    counts: pages.map(({ items }) => items.length),
    limit: LIMIT,
    nextCursor: pages.at(-1)?.nextCursor ?? null,
    isFetching: list.isFetching,
    isError: list.isError,
    fetchNext: () => void list.fetchNextPage(),
  });
  const isEmpty = rows.length === 0 && list.isSuccess && !list.isFetching && !list.hasNextPage;
  return (
    <>
      {list.isError ? (
        <Failure
          error={list.error}
          what={`The ${what} could not be read.`}
          onRetry={() => void list.refetch()}
        />
      ) : null}
      {list.isPending ? <Loading lines={6} label={`Reading ${what}`} /> : null}
      {rows.length === 0 ? null : children(rows)}
      {isEmpty ? nothing : null}
      <ListEnd
        hasMore={list.hasNextPage}
        isFetching={list.isFetchingNextPage}
        searched={last === undefined ? 'Nothing found so far.' : searched(last)}
        onMore={more}
      />
    </>
  );
}
