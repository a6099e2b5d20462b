import { useAccounts, useLiveSummary } from '../api/queries.ts';
import { PageHead } from '../parts/page-head.tsx';
import { Refresh } from '../parts/refresh.tsx';
import { NotReadToItsEnd } from '../state/at-least.tsx';
import { Empty } from '../state/empty.tsx';
import { Failure } from '../state/failure.tsx';
import { Loading } from '../state/loading.tsx';
import { Time } from '../time/time.tsx';
import { AccountTable } from './account-table.tsx';

/** Every storage account of broker.json. */
export function AccountsScreen() {
  const accounts = useAccounts();
  const summary = useLiveSummary();
  const refresh = () => void Promise.all([accounts.refetch(), summary.refetch()]);
  return (
    <>
      <PageHead title="Accounts and keys" about="What signs tokens, how old it is, and when it is replaced.">
        <Refresh onRefresh={refresh} busy={accounts.isFetching || summary.isFetching}>
          {accounts.dataUpdatedAt === 0 ? null : (
            <Time at={new Date(accounts.dataUpdatedAt).toISOString()} as="clock" />
          )}
        </Refresh>
      </PageHead>
      {accounts.isError ? (
        <Failure error={accounts.error} what="The accounts could not be read." onRetry={refresh} />
      ) : null}
      {summary.isError ? <Failure error={summary.error} what="Live tokens could not be counted." /> : null}
      {summary.data?.scannedAll === false ? <NotReadToItsEnd /> : null}
      <section className="card" aria-label="Accounts">
        {accounts.isPending ? <Loading lines={5} /> : null}
        {accounts.data?.items.length === 0 ? <Empty>No accounts in broker.json.</Empty> : null}
        {accounts.data === undefined || accounts.data.items.length === 0 ? null : (
          <AccountTable accounts={accounts.data.items} summary={summary.data} />
        )}
      </section>
    </>
  );
}
