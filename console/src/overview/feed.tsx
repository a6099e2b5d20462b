import { eventTone } from '../activity/event-words.ts';
import type { BrokerEvent } from '../api/replies.ts';
import { Empty } from '../state/empty.tsx';
import { Time } from '../time/time.tsx';

/** The newest events, as text. */
export function Feed({ events }: { readonly events: readonly BrokerEvent[] }) {
  if (events.length === 0) return <Empty>Nothing has happened yet.</Empty>;
  return (
    <ol className="feed">
      {events.map((event) => (
        <li key={event.id}>
          <i className={`dot ${eventTone(event)}`} aria-hidden="true" />
          <Time at={event.at} />
          <div>
            <p>{event.detail}</p>
            <small>
              {[event.account, event.type, event.actorName ?? event.actor]
                .filter((part) => part !== null)
                .join(' · ')}
            </small>
          </div>
        </li>
      ))}
    </ol>
  );
}
