import type { ServerResponse } from 'node:http';
import { sampleCallers } from './sample-callers.ts';

const ICON =
  "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 20 20'%3E%3Crect width='20' height='20' rx='4' fill='%23555'/%3E%3Ccircle cx='10' cy='8' r='3' fill='%23fff'/%3E%3Cpath d='M4 17a6 6 0 0 1 12 0z' fill='%23fff'/%3E%3C/svg%3E";
const STYLE = `:root{color-scheme:light dark}
body{font:16px/1.5 system-ui,sans-serif;margin:10vh auto;max-width:26rem;padding:0 1rem}
ul{list-style:none;padding:0}
a{display:flex;flex-direction:column;padding:.6rem .9rem;margin:.4rem 0;border:1px solid #8888;border-radius:8px;text-decoration:none;color:inherit}
a:hover,a:focus{border-color:#0f6cbd}
small{font-size:.85rem}`;

/**
 * Replies to a browser at the issuer's `/authorize` unless it may go on: with the page that asks which sample caller to be,
 * or with 400 for a request that a real issuer would refuse. Returns true if `login_hint` names a sample caller.
 */
export function admitSignIn(url: URL, response: ServerResponse): boolean {
  const fault = findFault(url.searchParams);
  if (fault !== undefined) {
    response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8' }).end(`${fault}\n`);
    return false;
  }
  const caller = url.searchParams.get('login_hint');
  if (caller !== null && Object.hasOwn(sampleCallers, caller)) return true;
  response
    .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
    .end(formatPage(url.searchParams));
  return false;
}

/** True for a URL on this machine. The issuer signs in whoever asks, so it redirects nowhere else. */
export function isOnThisMachine(text: string): boolean {
  return URL.canParse(text) && ['127.0.0.1', 'localhost'].includes(new URL(text).hostname);
}

function findFault(asked: URLSearchParams): string | undefined {
  if (!isOnThisMachine(asked.get('redirect_uri') ?? '')) return 'redirect_uri must be on this machine';
  if (asked.get('code_challenge_method') !== 'S256' || !asked.get('code_challenge'))
    return 'PKCE is required: code_challenge, with code_challenge_method S256';
  return undefined;
}

function formatPage(asked: URLSearchParams): string {
  const rows = Object.entries(sampleCallers).map(([id, { name, roles }]) => {
    const address = new URLSearchParams([...asked].filter(([member]) => member !== 'login_hint'));
    address.set('login_hint', id);
    const href = `/authorize?${address.toString().replaceAll('&', '&amp;')}`;
    return `<li><a href="${href}"><b>${name}</b><small>${id} · ${roles.join(', ')}</small></a></li>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="${ICON}">
<title>Sign in · laptop issuer</title>
<style>${STYLE}</style>
<main>
<h1>Sign in as</h1>
<p>The sample callers of the laptop stack. Nobody here is real.</p>
<ul>
${rows.join('\n')}
</ul>
</main>
</html>
`;
}
