import {
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
} from '@fluentui/react-components';
import { useBlocks } from '../api/queries.ts';
import type { Block } from '../api/replies.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Refresh } from '../parts/refresh.tsx';
import type { ScreenProps } from '../screen-props.ts';
import { Empty } from '../state/empty.tsx';
import { Failure } from '../state/failure.tsx';
import { Loading } from '../state/loading.tsx';
import { useNarrow } from '../theme/use-media.ts';
import { Time } from '../time/time.tsx';
import { LiftDialog } from './lift-dialog.tsx';

/** Who gets no new tokens. */
export function BlocksScreen({ me }: ScreenProps) {
  const blocks = useBlocks();
  const narrow = useNarrow();
  const mayLift = me.roles.includes('operator');
  return (
    <>
      <PageHead
        title="Blocks"
        about="Callers who get no new tokens. A block ends none of those that they have: those expire, or their keys are ended."
      >
        <Refresh onRefresh={() => void blocks.refetch()} busy={blocks.isFetching}>
          {blocks.dataUpdatedAt === 0 ? null : (
            <Time at={new Date(blocks.dataUpdatedAt).toISOString()} as="clock" />
          )}
        </Refresh>
      </PageHead>
      {blocks.isError ? (
        <Failure
          error={blocks.error}
          what="The blocks could not be read."
          onRetry={() => void blocks.refetch()}
        />
      ) : null}
      <section className="card" aria-label="Blocks in force">
        {blocks.isPending ? <Loading lines={3} /> : null}
        {blocks.data?.items.length === 0 ? (
          <Empty>Nobody is blocked. Look a token up to block its caller.</Empty>
        ) : null}
        {blocks.data === undefined || blocks.data.items.length === 0 ? null : narrow ? (
          <BlockCards blocks={blocks.data.items} mayLift={mayLift} />
        ) : (
          <BlockTable blocks={blocks.data.items} mayLift={mayLift} />
        )}
      </section>
    </>
  );
}

interface ListProps {
  readonly blocks: readonly Block[];
  readonly mayLift: boolean;
}

function BlockTable({ blocks, mayLift }: ListProps) {
  return (
    <Table size="small" className="tall" aria-label="Blocks in force">
      <TableHeader>
        <TableRow>
          <TableHeaderCell className="c-wide">Caller</TableHeaderCell>
          <TableHeaderCell className="c-wide">Reason</TableHeaderCell>
          <TableHeaderCell>By</TableHeaderCell>
          <TableHeaderCell>Since</TableHeaderCell>
          <TableHeaderCell>Until</TableHeaderCell>
          {mayLift ? <TableHeaderCell className="c-slim">Lift</TableHeaderCell> : null}
        </TableRow>
      </TableHeader>
      <TableBody>
        {blocks.map((block) => (
          <TableRow key={block.id}>
            <TableCell className="c-wide">
              <Who block={block} />
            </TableCell>
            <TableCell className="c-wide">{block.reason}</TableCell>
            <TableCell className="mono">{block.by}</TableCell>
            <TableCell>
              <Time at={block.at} as="near" />
            </TableCell>
            <TableCell>{block.until === null ? 'lifted' : <Time at={block.until} as="near" />}</TableCell>
            {mayLift ? (
              <TableCell className="c-slim">
                <LiftDialog block={block} />
              </TableCell>
            ) : null}
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function BlockCards({ blocks, mayLift }: ListProps) {
  return (
    <ul className="stack">
      {blocks.map((block) => (
        <li key={block.id}>
          <Who block={block} />
          <p>{block.reason}</p>
          <p className="muted">
            since <Time at={block.at} as="near" /> · until{' '}
            {block.until === null ? 'lifted' : <Time at={block.until} as="near" />}
          </p>
          {mayLift ? (
            <div className="actions">
              <LiftDialog block={block} />
            </div>
          ) : null}
        </li>
      ))}
    </ul>
  );
}

function Who({ block }: { readonly block: Block }) {
  return (
    <span className="mono">
      {block.issuer}/<wbr />
      {block.subject}
    </span>
  );
}
