import { SERVICES, type Service } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';

/** Where a URL points, its path still percent-encoded and without the leading slash. */
export interface LocatedUrl {
  readonly account: string;
  readonly service: Service;
  readonly path: string;
}

/**
 * Splits a resource's URL without a URL parser, which would quietly rewrite dots, slashes and case.
 *
 * An account beside a configured one (`other.blob.core.windows.net`, `https://127.0.0.1:10000/other`) is located
 * like any other, so that the answer does not tell which accounts this broker serves.
 * @returns the place, or the message of what is wrong.
 */
export function locateUrl(url: string, accounts: Iterable<StorageAccount>): LocatedUrl | string {
  const match = /^(https?):\/\/([^/?#\\]*)(?:\/([^?#]*))?([?#].*)?$/is.exec(url);
  if (match === null) return 'must be an absolute https URL';
  const [, scheme = '', authority = '', path = '', rest] = match;
  if (authority.includes('@')) return 'must have no user part';
  if (rest !== undefined)
    return 'must have no query or fragment; percent-encode "?" and "#" in a name, and give a snapshot or version by its parts';
  const origin = `${scheme.toLowerCase()}://${authority.toLowerCase().replace(scheme.length === 5 ? /:443$/ : /:80$/, '')}`;
  return (
    nearest(origin, path, [...accounts]) ??
    'must be the URL of a resource on a storage endpoint of this broker'
  );
}

type Locate = (origin: string, path: string, account: StorageAccount, service: Service) => LocatedUrl | null;

/** Every configured endpoint is tried before anything beside one. */
function nearest(origin: string, path: string, accounts: readonly StorageAccount[]): LocatedUrl | null {
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

/** `other.blob…` where the configured host is `media.blob…`; `…:10000/other` where its path is `/media`. */
const besideEndpoint: Locate = (origin, path, account, service) => {
  const { endpoint, base } = endpointOf(account, service);
  if (base === account.name && endpoint.origin === origin) {
    const [other = '', ...rest] = path.split('/');
    return { account: other, service, path: rest.join('/') };
  }
  if (base !== '' || !endpoint.host.startsWith(`${account.name}.`)) return null;
  const other = between(origin, `${endpoint.protocol}//`, endpoint.host.slice(account.name.length));
  return other === null ? null : { account: other, service, path };
};

function endpointOf(account: StorageAccount, service: Service): { endpoint: URL; base: string } {
  const endpoint = new URL(account.endpoints[service]);
  return { endpoint, base: endpoint.pathname.replace(/^\/|\/$/g, '') };
}

function between(text: string, start: string, end: string): string | null {
  if (!text.startsWith(start) || !text.endsWith(end)) return null;
  const name = text.slice(start.length, text.length - end.length);
  return /^[a-z0-9-]{1,63}$/.test(name) ? name : null;
}
