import { Button, Link } from '@fluentui/react-components';
import { useAccounts, useDenials, useLiveSummary, useRecentEvents } from '../api/queries.ts';
import { AccountTable } from '../accounts/account-table.tsx';
import { Card } from '../parts/card.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Refresh } from '../parts/refresh.tsx';
import { LiveBars } from '../plots/live-bars.tsx';
import { placeHref } from '../route/places.ts';
import type { ScreenProps } from '../screen-props.ts';
import { NotReadToItsEnd } from '../state/at-least.tsx';
import { Empty } from '../state/empty.tsx';
import { Failure } from '../state/failure.tsx';
import { Loading } from '../state/loading.tsx';
import { useNarrow } from '../theme/use-media.ts';
import { lengthText } from '../time/format.ts';
import { Time } from '../time/time.tsx';
import { useNow } from '../time/use-now.ts';
import { AccountBanners } from './account-banners.tsx';
import { Feed } from './feed.tsx';
import { tilesOf } from './tiles.ts';
import { Tiles } from './tiles.tsx';

/** What is alive, what signs it, and what happened last. */
export function OverviewScreen({ me }: ScreenProps) {
  const isAuditor = me.roles.includes('auditor');
  const narrow = useNarrow();
  const summary = useLiveSummary();
  const accounts = useAccounts();
  const midnight = `${useNow().toISOString().slice(0, 10)}T00:00:00Z`;
  const denials = useDenials(midnight, isAuditor);
  const events = useRecentEvents(5, isAuditor);
  const queries = [summary, accounts, ...(isAuditor ? [denials, events] : [])];
  const refresh = () => queries.forEach((query) => void query.refetch());
  return (
    <>
      <PageHead title="Overview">
        <Refresh onRefresh={refresh} busy={queries.some(({ isFetching }) => isFetching)}>
          {summary.data === undefined ? null : <AsOf at={summary.data.asOf} />}
        </Refresh>
      </PageHead>
      {accounts.data === undefined ? null : <AccountBanners accounts={accounts.data.items} />}
      {summary.data?.scannedAll === false ? <NotReadToItsEnd /> : null}
      <Tiles tiles={tilesOf(summary.data, denials.data, accounts.data?.items, isAuditor)} />
      <div className={isAuditor ? 'split' : 'split one'}>
        {summary.data === undefined ? (
          <section className="card">
            {summary.isError ? (
              <Failure error={summary.error} what="Live tokens could not be counted." onRetry={refresh} />
            ) : (
              <Loading lines={9} label="Counting live tokens" />
            )}
          </section>
        ) : summary.data.total === 0 && summary.data.scannedAll ? (
          <NoLiveTokens />
        ) : (
          <LiveBars summary={summary.data} narrow={narrow} />
        )}
        {isAuditor ? (
          <Card title="Recent activity" tools={<Link href={placeHref('activity')}>All</Link>}>
            {events.isError ? (
              <Failure error={events.error} what="Events could not be read." onRetry={refresh} />
            ) : null}
            {events.isPending ? <Loading lines={5} /> : null}
            {events.data === undefined ? null : <Feed events={events.data.items} />}
          </Card>
        ) : null}
      </div>
      <Card title="Accounts and keys" tools={<Link href={placeHref('accounts')}>All</Link>}>
        {accounts.isError ? (
          <Failure error={accounts.error} what="The accounts could not be read." onRetry={refresh} />
        ) : null}
        {accounts.isPending ? <Loading lines={4} /> : null}
        {accounts.data === undefined ? null : (
          <AccountTable accounts={accounts.data.items} summary={summary.data} />
        )}
      </Card>
    </>
  );
}

function NoLiveTokens() {
  return (
    <Card title="Live tokens by the hour they expire">
      <Empty>
        No live tokens.
        <Button as="a" href={placeHref('generate')}>
          Get a token
        </Button>
        <span className="muted">Or call POST /api/tokens.</span>
      </Empty>
    </Card>
  );
}

function AsOf({ at }: { readonly at: string }) {
  const seconds = (useNow().getTime() - Date.parse(at)) / 1000;
  return (
    <>
      <Time at={at} as="clock" /> · counted {lengthText(seconds)} ago
    </>
  );
}
