import { clockText, fullText, nearText, shortText, zoneText } from './format.ts';
import { useNow } from './use-now.ts';
import { useZone } from './zone.ts';

interface Props {
  /** An instant in ISO 8601. */
  readonly at: string;
  /** near: relative within an hour; short: day and time; clock: the time with seconds and the zone. Default short. */
  readonly as?: 'near' | 'short' | 'clock';
}

/** An instant in the page's zone, with the other zone in its tooltip. */
export function Time({ at, as = 'short' }: Props) {
  const zone = useZone();
  const now = useNow();
  const instant = new Date(at);
  const other = zone === 'utc' ? 'local' : 'utc';
  const text = {
    near: () => nearText(instant, zone, now),
    short: () => shortText(instant, zone, now),
    clock: () => `${clockText(instant, zone, { seconds: true })} ${zoneText(zone)}`,
  }[as]();
  return (
    <time dateTime={at} title={`${fullText(instant, zone)}\n${fullText(instant, other)}`}>
      {text}
    </time>
  );
}
