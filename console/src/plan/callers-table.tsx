import {
  Link,
  Table,
  TableBody,
  TableCell,
  TableHeader,
  TableHeaderCell,
  TableRow,
} from '@fluentui/react-components';
import { placeHref } from '../route/places.ts';
import { Time } from '../time/time.tsx';
import type { PlannedLever } from './lever-words.ts';

interface Props {
  readonly callers: PlannedLever['kills']['callers'];
  /** True if the person may see other people's tokens. */
  readonly linked: boolean;
}

/** Who loses tokens with a lever, those with the most first. */
export function CallersTable({ callers, linked }: Props) {
  if (callers.length === 0) return null;
  return (
    <>
      <h3>Who loses tokens</h3>
      <div className="scroll-y" tabIndex={0} role="region" aria-label="Who loses tokens">
        <Table size="extra-small" aria-label="Callers and their tokens">
          <TableHeader>
            <TableRow>
              <TableHeaderCell>Caller</TableHeaderCell>
              <TableHeaderCell className="num c-slim">Tokens</TableHeaderCell>
              <TableHeaderCell>Last would end</TableHeaderCell>
            </TableRow>
          </TableHeader>
          <TableBody>
            {callers.map(({ issuer, subject, name, tokens, latestExpiry }) => (
              <TableRow key={`${issuer}/${subject}`}>
                <TableCell>
                  {linked ? (
                    <Link href={placeHref('tokens', { issuer, subject })}>{name ?? subject}</Link>
                  ) : (
                    (name ?? <span className="mono">{subject}</span>)
                  )}
                </TableCell>
                <TableCell className="num c-slim">{tokens}</TableCell>
                <TableCell>
                  <Time at={latestExpiry} />
                </TableCell>
              </TableRow>
            ))}
          </TableBody>
        </Table>
      </div>
    </>
  );
}
