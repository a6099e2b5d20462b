/** True if the host never leaves this machine. */
export function isLoopback(url: URL): boolean {
  const host = url.hostname;
  return (
    host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(?:\.\d+){3}$/.test(host)
  );
}

/** Returns what is wrong with the URL of a service, or null. It must be absolute, with nothing but host and path. */
export function urlFault(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['https:', 'http:'].includes(url.protocol))
    return 'must be an absolute https:// (or http://) URL';
  if (url.username !== '' || url.password !== '') return 'must not have a user or password';
  if (text.includes('?') || text.includes('#')) return 'must not have a query or fragment';
  return null;
}

/** Returns what is wrong with a URL that must not be read or changed in transit, or null. */
export function secureUrlFault(text: string): string | null {
  const fault = urlFault(text);
  if (fault !== null) return fault;
  const url = new URL(text);
  return url.protocol === 'https:' || isLoopback(url)
    ? null
    : 'must be https, unless the host is this machine';
}

/** Returns the URL in the form that the broker compares: host in lower case, no default port, no trailing slash. */
export function canonicalUrl(text: string): string {
  const url = new URL(text);
  return url.origin + url.pathname.replace(/\/+$/, '');
}
