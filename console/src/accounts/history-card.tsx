import {
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
} from '@fluentui/react-components';
import { useMemo } from 'react';
import { brokerNow } from '../api/connection.ts';
import { useHistory } from '../api/queries.ts';
import type { RotationHistory } from '../api/replies.ts';
import { Card } from '../parts/card.tsx';
import { Timeline } from '../plots/timeline.tsx';
import { Empty } from '../state/empty.tsx';
import { Failure } from '../state/failure.tsx';
import { Loading } from '../state/loading.tsx';
import { useNarrow } from '../theme/use-media.ts';
import { Time } from '../time/time.tsx';

const DAYS = 90;

/** Plot 3: the last 90 days of an account's keys, also as a list. */
export function HistoryCard({ account }: { readonly account: string }) {
  // A minute less, because the broker's clock may be a little ahead of what its last reply said.
  const since = useMemo(
    () => new Date(brokerNow() - DAYS * 86_400_000 + 60_000).toISOString().slice(0, 19) + 'Z',
    [],
  );
  const history = useHistory(account, since);
  const narrow = useNarrow();
  return (
    <Card title="History" about={`What each key did in the last ${DAYS} days.`}>
      {history.isPending ? <Loading lines={4} /> : null}
      {history.isError ? (
        <Failure
          error={history.error}
          what="The history could not be read."
          onRetry={() => void history.refetch()}
        />
      ) : null}
      {history.data === undefined ? null : history.data.segments.length === 0 &&
        history.data.marks.length === 0 ? (
        <Empty>The broker has recorded nothing about these keys in this time.</Empty>
      ) : (
        <>
          <Timeline history={history.data} now={new Date(history.dataUpdatedAt)} narrow={narrow} />
          <details className="code">
            <summary>As a list</summary>
            <HistoryTable history={history.data} />
          </details>
        </>
      )}
    </Card>
  );
}

interface Line {
  readonly at: string;
  readonly what: string;
  readonly by: string | null;
}

function HistoryTable({ history }: { readonly history: RotationHistory }) {
  const lines: Line[] = [
    ...history.segments.map(({ from, phase, activeKey, by }) => ({
      at: from,
      what: activeKey === null ? phase : `${phase}, ${activeKey} signs`,
      by,
    })),
    ...history.marks.map(({ at, type, detail, by }) => ({ at, what: `${type}: ${detail}`, by })),
  ].sort((one, other) => (one.at < other.at ? 1 : -1));
  return (
    <Table size="extra-small" className="tall" aria-label="History of the account's keys">
      <TableHeader>
        <TableRow>
          <TableHeaderCell className="c-time">At</TableHeaderCell>
          <TableHeaderCell>What</TableHeaderCell>
          <TableHeaderCell>By</TableHeaderCell>
        </TableRow>
      </TableHeader>
      <TableBody>
        {lines.map(({ at, what, by }, index) => (
          <TableRow key={`${at} ${index}`}>
            <TableCell className="c-time">
              <Time at={at} />
            </TableCell>
            <TableCell>{what}</TableCell>
            <TableCell>{by ?? 'outside the broker'}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}
