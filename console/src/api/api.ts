import { bearer, renew } from '../session/session.ts';
import { makeApiCaller } from './call-api.ts';

/** Calls the broker that serves this page. */
export const callApi = makeApiCaller({
  bearer,
  renew,
  addressOf: (path) => new URL(`../${path}`, location.href),
  fetch: (url, init) => fetch(url, { ...init, cache: 'no-store', credentials: 'omit' }),
});
