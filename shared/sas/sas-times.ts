import { parseInstant } from '../iso-time.ts';

const DATE = /^\d{4}-\d\d-\d\d$/;

/**
 * Reads a time of a SAS (`st`, `se`, `skt`, `ske`) in every form that storage accepts: a date alone, which is its
 * midnight in UTC, a time without seconds, and one with seconds, each with `Z` or an offset
 * (learn.microsoft.com/rest/api/storageservices/formatting-datetime-values). Returns null for any other text.
 */
export function parseSasTime(text: string): Date | null {
  // An offset's "+" that was not percent-encoded has become a space.
  const time = text
    .trim()
    .toUpperCase()
    .replace(/ (?=\d\d:\d\d$)/, '+');
  return parseInstant(DATE.test(time) ? `${time}T00:00:00Z` : time);
}
