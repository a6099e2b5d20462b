import type { IssuedToken } from '../api/replies.ts';

const HIDDEN = '••••••••••••••••';

/** Hides the signature in a text. */
export const maskSignature = (text: string): string => text.replace(/(\bsig=)[^&\s'"]+/g, `$1${HIDDEN}`);

/** Quotes a text for a POSIX shell. */
const quote = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** Returns a command that uses the token as storage expects. */
export function storageCommand({
  url,
  request,
  permissions,
}: Pick<IssuedToken, 'url' | 'request' | 'permissions'>): string {
  const method = request?.method ?? (permissions.includes('r') || permissions.includes('l') ? 'GET' : null);
  if (method === null) return `curl ${quote(url)}`;
  const headers = Object.entries(request?.headers ?? {}).map(
    ([name, value]) => `  -H ${quote(`${name}: ${value}`)} \\\n`,
  );
  const data = method === 'PUT' ? `  --data-binary @FILE \\\n` : '';
  return `curl -X ${method} \\\n${headers.join('')}${data}  ${quote(url)}`;
}

/** Returns the request for the token as a shell command. The bearer token is the reader's own. */
export function askCommand(origin: string, body: unknown): string {
  return [
    `curl ${origin}/api/tokens \\`,
    '  -H "Authorization: Bearer $TOKEN" \\',
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quote(JSON.stringify(body, null, 2))}`,
  ].join('\n');
}

/** Returns the same request in JavaScript. */
export function askScript(origin: string, body: unknown): string {
  return [
    `const reply = await fetch('${origin}/api/tokens', {`,
    "  method: 'POST',",
    "  headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },",
    `  body: JSON.stringify(${JSON.stringify(body, null, 2).replaceAll('\n', '\n  ')}),`,
    '});',
    'const { url } = await reply.json();',
  ].join('\n');
}
