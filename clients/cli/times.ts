const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$/;
const UNITS = ['d', 'h', 'min', 's'];

/** Returns an instant of a reply as people read it: `2026-11-28 10:15:00Z`; `-` if there is none. */
export function readableTime(instant: string | null | undefined): string {
  return instant?.replace(/^(\d{4}-\d\d-\d\d)T/, '$1 ') ?? '-';
}

/** Returns an ISO 8601 duration as people read it: `1 h 30 min`. Any other text is returned unchanged. */
export function readableDuration(duration: string): string {
  const match = DURATION.exec(duration);
  if (match === null) return duration;
  const parts = match
    .slice(1)
    .map((digits: string | undefined, index) => [Number(digits ?? 0), UNITS[index] ?? ''] as const)
    .filter(([number]) => number > 0);
  return parts.length === 0 ? '0 s' : parts.map(([number, unit]) => `${number} ${unit}`).join(' ');
}
