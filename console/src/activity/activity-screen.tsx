import { Button, Field, Input, Select, ToggleButton } from '@fluentui/react-components';
import { useState } from 'react';
import { brokerNow } from '../api/connection.ts';
import { useDenials } from '../api/queries.ts';
import { Card } from '../parts/card.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { PagedList } from '../parts/paged-list.tsx';
import { Refresh } from '../parts/refresh.tsx';
import { DenialBars } from '../plots/denial-bars.tsx';
import { placeHref } from '../route/places.ts';
import { go } from '../route/use-at.ts';
import type { ScreenProps } from '../screen-props.ts';
import { NotReadToItsEnd } from '../state/at-least.tsx';
import { Empty } from '../state/empty.tsx';
import { Failure } from '../state/failure.tsx';
import { Loading } from '../state/loading.tsx';
import { Time } from '../time/time.tsx';
import {
  activityFilters,
  type ActivityFilters,
  activityParameters,
  hourRange,
  hoursAgo,
  RANGES,
} from './activity-filters.ts';
import { EventList } from './event-list.tsx';
import { EVENT_CHIPS } from './event-words.ts';
import { useEvents } from './use-events.ts';

/** `#/activity`: what happened, and who was refused when. */
export function ActivityScreen({ params }: ScreenProps) {
  const filters = activityFilters(params);
  const filter = (part: Partial<ActivityFilters>) =>
    go(placeHref('activity', activityParameters({ ...filters, ...part })), { replace: true });
  const list = useEvents(filters);
  return (
    <>
      <PageHead title="Activity">
        <Refresh onRefresh={() => void list.refetch()} busy={list.isFetching}>
          {list.dataUpdatedAt === 0 ? null : (
            <Time at={new Date(list.dataUpdatedAt).toISOString()} as="clock" />
          )}
        </Refresh>
      </PageHead>
      <Denials onHour={(hour) => filter({ type: 'denial', ...hourRange(hour) })} />
      <Card title="Events" className="activity">
        <Filters filters={filters} onFilter={filter} />
        <PagedList
          list={list}
          what="events"
          nothing={<Nothing filters={filters} />}
          searched={({ at }) => (
            <>
              Searched back to <Time at={at} />.
            </>
          )}
        >
          {(events) => <EventList events={events} />}
        </PagedList>
      </Card>
    </>
  );
}

function Nothing({ filters: { since } }: { readonly filters: ActivityFilters }) {
  const [start] = useState(() => hoursAgo(24 * 30, brokerNow()));
  return (
    <Empty>
      Nothing happened since <Time at={since ?? start} />.
    </Empty>
  );
}

/** Plot 2 and its states. */
function Denials({ onHour }: { readonly onHour: (hour: string) => void }) {
  const [since] = useState(() => hoursAgo(24, brokerNow()));
  const denials = useDenials(since, true);
  return (
    <Card title="Refusals by hour" about="The last 24 hours. Choose a bar to see its refusals.">
      {denials.isError ? (
        <Failure
          error={denials.error}
          what="The refusals could not be counted."
          onRetry={() => void denials.refetch()}
        />
      ) : null}
      {denials.isPending ? <Loading lines={3} label="Counting refusals" /> : null}
      {denials.data === undefined ? null : (
        <>
          {denials.data.scannedAll ? null : <NotReadToItsEnd />}
          <DenialBars denials={denials.data} onHour={onHour} />
        </>
      )}
    </Card>
  );
}

interface FilterProps {
  readonly filters: ActivityFilters;
  readonly onFilter: (part: Partial<ActivityFilters>) => void;
}

function Filters({ filters, onFilter }: FilterProps) {
  return (
    <>
      <div className="chips" role="group" aria-label="Type of event">
        {EVENT_CHIPS.map(({ id, label }) => (
          <ToggleButton
            key={id}
            size="small"
            shape="circular"
            checked={filters.type === id}
            onClick={() => onFilter({ type: id })}
          >
            {label}
          </ToggleButton>
        ))}
      </div>
      <div className="filters" role="search" aria-label="Filters">
        <AccountFilter key={filters.account} {...{ filters, onFilter }} />
        <RangeFilter filters={filters} onFilter={onFilter} />
      </div>
    </>
  );
}

function AccountFilter({ filters, onFilter }: FilterProps) {
  const [typed, setTyped] = useState(filters.account ?? '');
  const apply = () => {
    const account = typed.trim() === '' ? null : typed.trim();
    if (account !== filters.account) onFilter({ account });
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        apply();
      }}
    >
      <Field label="Account" size="small">
        <Input
          size="small"
          value={typed}
          placeholder="any"
          spellCheck={false}
          autoComplete="off"
          onChange={(_, data) => setTyped(data.value)}
          onBlur={apply}
        />
      </Field>
    </form>
  );
}

function RangeFilter({ filters: { since, until }, onFilter }: FilterProps) {
  const range = RANGES.find(({ hours }) => since === (hours === null ? null : hoursAgo(hours, brokerNow())));
  if (until !== null || range === undefined)
    return (
      <p className="range">
        {since === null ? (
          'Until '
        ) : (
          <>
            <Time at={since} /> to{' '}
          </>
        )}
        {until === null ? 'now' : <Time at={until} />}{' '}
        <Button size="small" onClick={() => onFilter({ since: null, until: null })}>
          Last 30 days
        </Button>
      </p>
    );
  return (
    <Field label="Range" size="small">
      <Select
        size="small"
        value={range.id}
        onChange={(_, data) =>
          onFilter({
            since: data.value === '' ? null : hoursAgo(Number(data.value), brokerNow()),
            until: null,
          })
        }
      >
        {RANGES.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </Select>
    </Field>
  );
}
