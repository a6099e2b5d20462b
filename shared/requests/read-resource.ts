import { locateUrl } from './locate-url.ts';
import { z } from 'zod';
import type { Resource } from '../azure/resources.ts';
import type { Fault } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { isContainer, memberAt } from '../input/fault-path.ts';
import { schemaFaults } from '../input/schema-faults.ts';
import { fromPath, resourceFaults, schemaFor } from './resource-services.ts';
type Accounts = ReadonlyMap<string, StorageAccount>;

/**
 * The resource of a request's body, by its URL or by its parts; null where it has faults, which are added to `faults`.
 * @param url the body's `url`, where its shape is right.
 */
export function readResource(
  body: unknown,
  url: string | undefined,
  accounts: Accounts,
  faults: Fault[],
): Resource | null {
  const given = (name: string) => isContainer(body) && Object.hasOwn(body, name);
  if (given('url') === given('resource')) {
    faults.push({ path: 'url', message: 'give exactly one of url and resource' });
    return null;
  }
  if (given('resource')) return fromParts(memberAt(body, ['resource']), accounts, faults);
  return url === undefined ? null : fromUrl(url, accounts, faults);
}

function fromUrl(url: string, accounts: Accounts, faults: Fault[]): Resource | null {
  const refuse = (message: string) => {
    faults.push({ path: 'url', message });
    return null;
  };
  const located = locateUrl(url, accounts.values());
  if (typeof located === 'string') return refuse(located);
  const { account, service, path } = located;
  const names = fromPath(service, path);
  if (typeof names === 'string') return refuse(names);
  return { account, service, ...names } as Resource;
}

function fromParts(value: unknown, accounts: Accounts, faults: Fault[]): Resource | null {
  const add = (wrong: readonly Fault[]) => {
    const below = (path: string) => (path === '' ? 'resource' : `resource.${path}`);
    faults.push(...wrong.map(({ path, message }) => ({ path: below(path), message })));
    return null;
  };
  if (!isContainer(value) || Array.isArray(value))
    return add([{ path: '', message: 'must be a JSON object' }]);
  const schema = schemaFor(value);
  if (typeof schema === 'string') return add([{ path: 'service', message: schema }]);
  const parsed = z.safeParse(schema, value);
  if (!parsed.success) return add(schemaFaults(schema, value, parsed.error.issues, ''));
  const [only, ...others] = accounts.keys();
  const account = parsed.data.account ?? (others.length === 0 ? only : undefined);
  // No transforms in the schemas: what was parsed is what was sent, but for the account's name.
  const resource = { ...parsed.data, account: account ?? '' } as Resource;
  const wrong = resourceFaults(resource);
  if (account === undefined) wrong.push({ path: 'account', message: 'is required here' });
  return wrong.length > 0 ? add(wrong) : resource;
}
