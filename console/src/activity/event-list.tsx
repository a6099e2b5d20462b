import { Link } from '@fluentui/react-components';
import type { BrokerEvent } from '../api/replies.ts';
import { placeHref } from '../route/places.ts';
import { Time } from '../time/time.tsx';
import { actorText, eventDetail, eventTitle, eventTone } from './event-words.ts';
import { type ActivityRow, foldEvents } from './fold-events.ts';

/** The events, newest first. Steps of one rotation that follow each other are one row that can be opened. */
export function EventList({ events }: { readonly events: readonly BrokerEvent[] }) {
  return (
    <ul className="feed events" aria-label="Events, newest first">
      {foldEvents(events).map((row) => (
        <li key={row.kind === 'event' ? row.event.id : row.events[0].id}>
          {row.kind === 'event' ? <EventRow event={row.event} /> : <RotationRow row={row} />}
        </li>
      ))}
    </ul>
  );
}

function EventRow({ event }: { readonly event: BrokerEvent }) {
  return (
    <>
      <i className={`dot ${eventTone(event)}`} aria-hidden="true" />
      <Time at={event.at} />
      <div>
        <EventTitle event={event} />
        <p className="muted detail">{eventDetail(event)}</p>
      </div>
    </>
  );
}

function EventTitle({ event }: { readonly event: BrokerEvent }) {
  return (
    <p className="event-title">
      <b>{eventTitle(event)}</b>
      {event.account === null ? null : (
        <>
          {' · '}
          <Link href={placeHref('account', { account: event.account })}>{event.account}</Link>
        </>
      )}
      {' · '}
      <span title={event.actor}>{actorText(event)}</span>
    </p>
  );
}

function RotationRow({
  row: { account, events },
}: {
  readonly row: Extract<ActivityRow, { kind: 'rotation' }>;
}) {
  const [newest] = events;
  const oldest = events.at(-1) ?? newest;
  return (
    <>
      <i className="dot info" aria-hidden="true" />
      <Time at={newest.at} />
      <details>
        <summary>
          <b>{account}</b>: rotation ({events.length} steps): {newest.detail}
          {oldest.at === newest.at ? null : (
            <span className="muted">
              {' '}
              since <Time at={oldest.at} />
            </span>
          )}
        </summary>
        <ol className="steps">
          {events.map((event) => (
            <li key={event.id}>
              <Time at={event.at} as="clock" />
              <div>
                <EventTitle event={event} />
                <p className="muted detail">{eventDetail(event)}</p>
              </div>
            </li>
          ))}
        </ol>
      </details>
    </>
  );
}
