/** Returns the same text for equal requests, whatever the order of their members. */
export function requestKey(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(requestKey).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  const texts = members.map(([name, member]) => `${JSON.stringify(name)}:${requestKey(member)}`);
  return `{${texts.sort().join()}}`;
}
