/** Chromium's own line for a reply with an error, followed by the address as `watchPage` adds it. */
const OWN_LINE =
  /^error: Failed to load resource: the server responded with a status of (\d{3}) \([^)]*\) (\S+)$/;

/**
 * Returns the lines of a page's console that nobody provoked, and the provoked replies that have none.
 * @param address of the console.
 * @param provoked replies of the broker, as `404 tokens/lookup`.
 */
export function unexpectedLines(
  messages: readonly string[],
  address: string,
  provoked: readonly string[],
): string[] {
  const api = new URL('..', address).href;
  const seen = messages.map((message) => {
    const [, status, url] = OWN_LINE.exec(message) ?? [];
    return url?.startsWith(api) === true ? `${status} ${url.slice(api.length)}` : message;
  });
  const unexpected = seen.filter((line) => !provoked.includes(line));
  const missing = provoked.filter((reply) => !seen.includes(reply));
  return [...unexpected, ...missing.map((reply) => `no line for ${reply}`)];
}
