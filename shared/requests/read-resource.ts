import * as z from 'zod/mini';
import type { Resource } from '../azure/resources.ts';
import type { Fault } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { isContainer, memberAt } from '../input/fault-path.ts';
import { schemaFaults } from '../input/schema-faults.ts';
import { looksSecret, SECRET_RULE } from '../input/secret-text-rule.ts';
import { fail, ok, type Result } from '../result.ts';
import { locateUrl } from './locate-url.ts';
import { parseLocatedUrl, resourceFaults, selectSchema } from './resource-services.ts';

type Accounts = ReadonlyMap<string, StorageAccount>;
type ReadResource = Result<Resource, readonly Fault[]>;

/**
 * Reads the resource of a token request from its `url` or its `resource`.
 * @param url the body's `url`; undefined if it is absent or not a text. The schema reports the latter, so the list of
 * faults is then empty.
 */
export function readResource(body: unknown, url: string | undefined, accounts: Accounts): ReadResource {
  const has = (name: string) => isContainer(body) && Object.hasOwn(body, name);
  if (has('url') === has('resource'))
    return fail([{ path: 'url', message: 'give exactly one of url and resource' }]);
  if (has('resource')) return fromParts(memberAt(body, ['resource']), accounts);
  return url === undefined ? fail([]) : fromUrl(url, accounts);
}

function fromUrl(url: string, accounts: Accounts): ReadResource {
  const located = locateUrl(url, accounts.values());
  const resource = located.ok ? parseLocatedUrl(located.value) : located;
  if (!resource.ok) return fail([{ path: 'url', message: resource.fault.message }]);
  // Decoding may change the name of a secret and keep its value.
  return looksSecret(url) ? fail([{ path: 'url', message: SECRET_RULE }]) : resource;
}

function fromParts(value: unknown, accounts: Accounts): ReadResource {
  if (!isContainer(value) || Array.isArray(value))
    return failBelow([{ path: '', message: 'must be a JSON object' }]);
  const schema = selectSchema(value);
  if (!schema.ok) return failBelow([{ path: 'service', message: schema.fault.message }]);
  const parsed = z.safeParse(schema.value, value);
  if (!parsed.success) return failBelow(schemaFaults(schema.value, value, parsed.error.issues, ''));
  const [only, ...others] = accounts.keys();
  const account = parsed.data.account ?? (others.length === 0 ? only : undefined);
  // The schemas have no transforms, so only the account's name can differ from the request.
  const resource = { ...parsed.data, account: account ?? '' } as Resource;
  const missing =
    account === undefined
      ? [{ path: 'account', message: 'is required, because several accounts are configured' }]
      : [];
  const faults = [...resourceFaults(resource), ...missing];
  return faults.length > 0 ? failBelow(faults) : ok(resource);
}

/** Fails with faults whose paths are below `resource`. */
function failBelow(faults: readonly Fault[]): ReadResource {
  const below = (path: string) => (path === '' ? 'resource' : `resource.${path}`);
  return fail(faults.map(({ path, message }) => ({ path: below(path), message })));
}
