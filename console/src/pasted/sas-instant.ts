const FORM = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(Z|[+-]\d{2}:\d{2})?$/;

/** Returns an instant of a SAS or a log as the API expects it, in UTC to the second; null if it is not one. */
export function sasInstant(text: string | undefined): string | null {
  const form = text === undefined ? null : FORM.exec(text);
  if (text === undefined || form === null) return null;
  // Storage reads a time without an offset as UTC; a date alone already is in UTC.
  const ms = Date.parse(text.includes('T') && form[1] === undefined ? `${text}Z` : text);
  return Number.isNaN(ms) ? null : `${new Date(ms).toISOString().slice(0, 19)}Z`;
}
