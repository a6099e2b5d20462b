import { eventLines, eventTone } from '../activity/event-words.ts';
import type { BrokerEvent } from '../api/replies.ts';
import { Empty } from '../state/empty.tsx';
import { Time } from '../time/time.tsx';

/** The newest events, as text. */
export function Feed({ events }: { readonly events: readonly BrokerEvent[] }) {
  if (events.length === 0) return <Empty>Nothing has happened yet.</Empty>;
  return (
    <ol className="feed">
      {events.map((event) => (
        <FeedRow key={event.id} event={event} />
      ))}
    </ol>
  );
}

function FeedRow({ event }: { readonly event: BrokerEvent }) {
  const { headline, about } = eventLines(event);
  return (
    <li>
      <i className={`dot ${eventTone(event)}`} aria-hidden="true" />
      <Time at={event.at} />
      <div>
        <p>{headline}</p>
        <small>{about}</small>
      </div>
    </li>
  );
}
