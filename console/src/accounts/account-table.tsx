import {
  Link,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
} from '@fluentui/react-components';
import type { LiveSummary, RotationState } from '../api/replies.ts';
import { placeHref } from '../route/places.ts';
import { useNarrow } from '../theme/use-media.ts';
import { Time } from '../time/time.tsx';
import { ActiveAge, LiveOn, PhaseBadges } from './account-parts.tsx';
import { noteOf } from './account-text.ts';

interface Props {
  readonly accounts: readonly RotationState[];
  readonly summary: LiveSummary | undefined;
}

/** Every account's rotation and keys; on a telephone, a list. */
export function AccountTable(props: Props) {
  return useNarrow() ? <AccountList {...props} /> : <WideTable {...props} />;
}

function WideTable({ accounts, summary }: Props) {
  return (
    <Table size="small" className="tall" aria-label="Accounts and keys">
      <TableHeader>
        <TableRow>
          <TableHeaderCell className="c-wide">Account</TableHeaderCell>
          <TableHeaderCell>Phase</TableHeaderCell>
          <TableHeaderCell className="c-wide">Active key and its age</TableHeaderCell>
          <TableHeaderCell className="num">Live on key1</TableHeaderCell>
          <TableHeaderCell className="num">Live on key2</TableHeaderCell>
          <TableHeaderCell>Next due</TableHeaderCell>
        </TableRow>
      </TableHeader>
      <TableBody>
        {accounts.map((state) => (
          <TableRow key={state.account}>
            <TableCell className="c-wide">
              <Link href={placeHref('account', { account: state.account })}>{state.account}</Link>
              {noteOf(state) === null ? null : <small className="note">{noteOf(state)}</small>}
            </TableCell>
            <TableCell>
              <PhaseBadges state={state} />
            </TableCell>
            <TableCell className="c-wide">
              <ActiveAge state={state} />
            </TableCell>
            <TableCell className="num">
              <LiveOn summary={summary} account={state.account} name="key1" />
            </TableCell>
            <TableCell className="num">
              <LiveOn summary={summary} account={state.account} name="key2" />
            </TableCell>
            <TableCell>{state.nextDueAt === null ? '–' : <Time at={state.nextDueAt} />}</TableCell>
          </TableRow>
        ))}
      </TableBody>
    </Table>
  );
}

function AccountList({ accounts, summary }: Props) {
  return (
    <ul className="stack">
      {accounts.map((state) => (
        <li key={state.account}>
          <a href={placeHref('account', { account: state.account })}>
            <b>{state.account}</b>
            <PhaseBadges state={state} />
          </a>
          <ActiveAge state={state} />
          <p className="muted">
            key1: <LiveOn summary={summary} account={state.account} name="key1" /> live · key2:{' '}
            <LiveOn summary={summary} account={state.account} name="key2" /> live
            {state.nextDueAt === null ? null : (
              <>
                {' '}
                · due <Time at={state.nextDueAt} />
              </>
            )}
          </p>
          {noteOf(state) === null ? null : <p className="muted">{noteOf(state)}</p>}
        </li>
      ))}
    </ul>
  );
}
