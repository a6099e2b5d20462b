import { ACCOUNT_NAME } from '../azure/names.ts';
import { type Service, SERVICES } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { invalid, ok, type Rejection, type Result } from '../result.ts';

/** The account and service of a URL, and the rest of its path: percent-encoded, without a leading slash. */
export interface LocatedUrl {
  readonly account: string;
  readonly service: Service;
  readonly path: string;
}

/**
 * Finds the account and service of a resource's URL. Does not use a URL parser, which would silently rewrite dots,
 * slashes and case.
 *
 * Also locates unknown accounts on the same storage system (`other.blob.core.windows.net`,
 * `https://127.0.0.1:10000/other`), so the reply does not reveal which accounts this broker serves.
 */
export function locateUrl(url: string, accounts: Iterable<StorageAccount>): Result<LocatedUrl, Rejection> {
  const match = /^(https?):\/\/([^/?#\\]*)(?:\/([^?#]*))?([?#].*)?$/is.exec(url);
  if (match === null) return invalid('must be an absolute https URL');
  const [, scheme = '', authority = '', path = '', rest] = match;
  if (authority.includes('@')) return invalid('must not have a user part');
  if (rest !== undefined)
    return invalid(
      'must not have a query or fragment; percent-encode "?" and "#" in names, and use resource for a snapshot or version',
    );
  const host = authority.toLowerCase().replace(scheme.length === 5 ? /:443$/ : /:80$/, '');
  const origin = `${scheme.toLowerCase()}://${host}`;
  const all = [...accounts];
  const located = findEndpoint(origin, path, all) ?? findDirectories(origin, path, all);
  if (located !== null) return ok(located);
  return invalid('must be the URL of a resource on a storage endpoint of this broker');
}

/**
 * Finds `media.dfs…` beside `media.blob…`: hierarchical accounts serve the same files at both. If any account is hierarchical,
 * it finds the others too, because the reply must not reveal which ones this broker serves.
 */
function findDirectories(
  origin: string,
  path: string,
  accounts: readonly StorageAccount[],
): LocatedUrl | null {
  const blobs = origin.replace(/^(https?:\/\/[a-z0-9]+)\.dfs\./, '$1.blob.');
  if (blobs === origin || !accounts.some(({ hierarchical }) => hierarchical)) return null;
  return findEndpoint(blobs, path, accounts);
}

type Locate = (origin: string, path: string, account: StorageAccount, service: Service) => LocatedUrl | null;

/** Tries every configured endpoint first, then accounts beside them. */
function findEndpoint(origin: string, path: string, accounts: readonly StorageAccount[]): LocatedUrl | null {
  for (const locate of [onEndpoint, besideEndpoint])
    for (const account of accounts)
      for (const service of SERVICES) {
        const located = locate(origin, path, account, service);
        if (located !== null) return located;
      }
  return null;
}

const onEndpoint: Locate = (origin, path, account, service) => {
  const { endpoint, base } = endpointOf(account, service);
  if (endpoint.origin !== origin) return null;
  if (base === '') return { account: account.name, service, path };
  if (path !== base && !path.startsWith(`${base}/`)) return null;
  return { account: account.name, service, path: path.slice(base.length + 1) };
};

/** Finds `other.blob…` if the configured host is `media.blob…`, and `…:10000/other` if its path is `/media`. */
const besideEndpoint: Locate = (origin, path, account, service) => {
  const { endpoint, base } = endpointOf(account, service);
  if (base === account.name && endpoint.origin === origin) {
    const [other = '', ...rest] = path.split('/');
    return ACCOUNT_NAME.test(other) ? { account: other, service, path: rest.join('/') } : null;
  }
  if (base !== '' || !endpoint.host.startsWith(`${account.name}.`)) return null;
  const other = textBetween(origin, `${endpoint.protocol}//`, endpoint.host.slice(account.name.length));
  return other === null ? null : { account: other, service, path };
};

function endpointOf(account: StorageAccount, service: Service): { endpoint: URL; base: string } {
  const endpoint = new URL(account.endpoints[service]);
  return { endpoint, base: endpoint.pathname.replace(/^\/|\/$/g, '') };
}

function textBetween(text: string, start: string, end: string): string | null {
  if (!text.startsWith(start) || !text.endsWith(end)) return null;
  const name = text.slice(start.length, text.length - end.length);
  return ACCOUNT_NAME.test(name) ? name : null;
}
