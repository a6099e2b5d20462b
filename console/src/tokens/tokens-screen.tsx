import { useState } from 'react';
import type { AuditRecord } from '../api/replies.ts';
import { PageHead } from '../parts/page-head.tsx';
import { PagedList, rowsOf } from '../parts/paged-list.tsx';
import { Refresh } from '../parts/refresh.tsx';
import { placeHref } from '../route/places.ts';
import { go } from '../route/use-at.ts';
import type { ScreenProps } from '../screen-props.ts';
import { Empty } from '../state/empty.tsx';
import { Time } from '../time/time.tsx';
import { ClearFilters, FilterBar } from './filter-bar.tsx';
import { filtersOf, isFiltered, type TokenFilters } from './token-filters.ts';
import { TokenDrawer } from './token-drawer.tsx';
import { TokenRows } from './token-rows.tsx';
import { useTokens } from './use-tokens.ts';

/** `#/tokens`: everyone's tokens for an auditor, a person's own for others. */
export function TokensScreen({ me, params }: ScreenProps) {
  const isAuditor = me.roles.includes('auditor');
  const [kept, setKept] = useState<TokenFilters | null>(null);
  const inAddress = filtersOf(params);
  // A value that does not fit into the address is a filter of this tab only, until the address says something else.
  const filters = kept !== null && isSameAddress(kept, inAddress) ? kept : inAddress;
  const [open, setOpen] = useState<AuditRecord | null>(null);
  const list = useTokens(filters);
  const filter = (next: TokenFilters) => {
    setKept(next);
    go(placeHref('tokens', next), { replace: true });
  };
  return (
    <>
      <PageHead title={isAuditor ? 'Tokens' : 'My tokens'}>
        <Refresh onRefresh={() => void list.refetch()} busy={list.isFetching}>
          {list.dataUpdatedAt === 0 ? null : (
            <>
              <Count shown={rowsOf(list).length} hasMore={list.hasNextPage} /> ·{' '}
              <Time at={new Date(list.dataUpdatedAt).toISOString()} as="clock" />
            </>
          )}
        </Refresh>
      </PageHead>
      <section className="card" aria-label="Tokens">
        <FilterBar filters={filters} isAuditor={isAuditor} onFilter={filter} />
        <PagedList
          list={list}
          what="tokens"
          nothing={<Nothing isFiltered={isFiltered(filters)} isAuditor={isAuditor} onFilter={filter} />}
          searched={({ expiresAt }) => (
            <>
              Searched to <Time at={expiresAt} />.
            </>
          )}
        >
          {(records) => <TokenRows records={records} withCallers={isAuditor} onOpen={setOpen} />}
        </PagedList>
      </section>
      <TokenDrawer record={open} me={me} onClose={() => setOpen(null)} />
    </>
  );
}

/** True if the filters have put into the address what it holds now. */
function isSameAddress(filters: TokenFilters, inAddress: TokenFilters): boolean {
  return placeHref('tokens', filters) === placeHref('tokens', inAddress);
}

function Count({ shown, hasMore }: { readonly shown: number; readonly hasMore: boolean }) {
  return hasMore ? `1–${shown} of more` : `${shown} ${shown === 1 ? 'token' : 'tokens'}`;
}

interface NothingProps {
  readonly isFiltered: boolean;
  readonly isAuditor: boolean;
  readonly onFilter: (filters: TokenFilters) => void;
}

function Nothing({ isFiltered: filtered, isAuditor, onFilter }: NothingProps) {
  if (filtered)
    return (
      <Empty>
        Nothing matches. <ClearFilters onFilter={onFilter} />
      </Empty>
    );
  return <Empty>{isAuditor ? 'No live tokens.' : 'You hold no live tokens.'}</Empty>;
}
