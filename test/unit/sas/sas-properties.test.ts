import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Resource } from '../../../shared/azure/resources.ts';
import { AGENT_FIELDS, AGENT_KINDS } from '../../../shared/azure/sas-kinds.ts';
import { SAS_VERSIONS } from '../../../shared/azure/sas-versions.ts';
import type { AuthorizedToken } from '../../../shared/grants/authorized-token.ts';
import type { SigningKey } from '../../../shared/keys/signing-keys.ts';
import { fieldAtFault } from '../../../shared/sas/sas-query.ts';
import { sign } from '../../../shared/sas/sign-token.ts';
import { account } from '../../fakes/configuration.ts';
import { propertyRuns } from '../../property-runs.ts';
import { accountKey, authorizedToken, delegationKey } from './sas-samples.ts';

/** Returns a field as the query has it; empty if it is absent. The texts to sign consist of these. */
type Field = (name: string) => string;

/*
 * The texts to sign, written out a second time from learn.microsoft.com/rest/api/storageservices:
 * create-service-sas, create-user-delegation-sas and create-account-sas, 2020-12-06 and later.
 */
const HEADERS = ['rscc', 'rscd', 'rsce', 'rscl', 'rsct'];
const KEY = ['skoid', 'sktid', 'skt', 'ske', 'sks', 'skv'];

const serviceText = (f: Field, name: string, rest: string[]): string =>
  [f('sp'), f('st'), f('se'), name, f('si'), f('sip'), f('spr'), f('sv'), ...rest].join('\n');

function delegatedBlobText(f: Field, name: string, timestamp: string): string {
  const bound = f('sv') >= '2025-07-05' ? [f('skdutid'), f('sduoid')] : [];
  const requests = f('sv') >= '2026-04-06' ? ['', ''] : [];
  return [
    ...[f('sp'), f('st'), f('se'), name, ...KEY.map(f), f('saoid'), f('suoid'), f('scid'), ...bound],
    ...[f('sip'), f('spr'), f('sv'), f('sr'), timestamp, f('ses'), ...requests, ...HEADERS.map(f)],
  ].join('\n');
}

const delegatedText = (f: Field, name: string, rest: string[]): string =>
  [
    ...[f('sp'), f('st'), f('se'), name, ...KEY.map(f), f('skdutid'), f('sduoid')],
    ...[f('sip'), f('spr'), f('sv'), ...rest],
  ].join('\n');

function documentedText({ kind, resource }: AuthorizedToken, f: Field): string {
  if (kind === 'account' || !('service' in resource))
    return `media\n${['sp', 'ss', 'srt', 'st', 'se', 'sip', 'spr', 'sv', 'ses'].map(f).join('\n')}\n`;
  const delegated = kind === 'user-delegation';
  switch (resource.service) {
    case 'queue':
      return (delegated ? delegatedText : serviceText)(f, `/queue/media/${resource.queue}`, []);
    case 'table':
      return serviceText(
        f,
        `/table/media/${resource.table.toLowerCase()}`,
        ['spk', 'srk', 'epk', 'erk'].map(f),
      );
    case 'file': {
      const name = ['/file/media', resource.share, ...(resource.file === undefined ? [] : [resource.file])];
      return (delegated ? delegatedText : serviceText)(f, name.join('/'), HEADERS.map(f));
    }
    case 'blob': {
      const { container, blob, directory, snapshot, versionId } = resource;
      const path = blob ?? directory;
      const name = `/blob/media/${container}${path === undefined ? '' : `/${path}`}`;
      const timestamp = snapshot ?? versionId ?? '';
      if (delegated) return delegatedBlobText(f, name, timestamp);
      return serviceText(f, name, [f('sr'), timestamp, f('ses'), ...HEADERS.map(f)]);
    }
  }
}

const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((value) => value.isWellFormed());
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const TIME = '2026-11-22T15:15:00.1234567Z';
const GUID = '66666666-aaaa-4bbb-8ccc-000000000006';

/** One kind of SAS: its resources, letters, and the optional members that it may have. */
interface Case {
  readonly resource: fc.Arbitrary<object>;
  readonly letters: string;
  readonly headers?: true;
  readonly scope?: true;
  readonly agents?: true;
  readonly since?: string;
}

const blobNames = {
  account: fc.constant('media'),
  service: fc.constant('blob'),
  container: fc.constant('uploads'),
};
const blob = { ...blobNames, blob: text, snapshot: maybe(fc.constant(TIME)) };
const file = { account: fc.constant('media'), service: fc.constant('file'), share: fc.constant('docs') };
const key = maybe(text);
const ofBlobs = { headers: true, scope: true } as const;

const SERVICE: Record<string, Case> = {
  // The letter f exists since 2021-04-10.
  container: { resource: fc.record(blobNames), letters: 'racwdxyltfmeiop', since: '2021-04-10', ...ofBlobs },
  blob: { resource: fc.record(blob), letters: 'racwdxytmeiop', ...ofBlobs },
  version: {
    resource: fc.record({ ...blobNames, blob: text, versionId: fc.constant(TIME) }),
    letters: 'rdxi',
    ...ofBlobs,
  },
  directory: {
    resource: fc.record({
      ...blobNames,
      directory: fc
        .array(
          text.filter((part) => !part.includes('/')),
          { minLength: 1, maxLength: 5 },
        )
        .map((parts) => parts.join('/')),
    }),
    letters: 'racwdlmeop',
    ...ofBlobs,
  },
  queue: { resource: fc.constant({ account: 'media', service: 'queue', queue: 'jobs' }), letters: 'raup' },
  share: { resource: fc.record(file), letters: 'rcwdl', headers: true },
  file: { resource: fc.record({ ...file, file: text }), letters: 'rcwd', headers: true },
};
const TABLE: Case = {
  resource: fc.record({
    account: fc.constant('media'),
    service: fc.constant('table'),
    table: fc.constantFrom('Inventory', 'ab1'),
    partitionKeyStart: key,
    partitionKeyEnd: key,
    rowKeyStart: key,
    rowKeyEnd: key,
  }),
  letters: 'raud',
};
const ACCOUNT: Case = {
  resource: fc.record({
    account: fc.constant('media'),
    services: fc.shuffledSubarray(['blob', 'queue', 'table', 'file'], { minLength: 1 }),
    resourceTypes: fc.shuffledSubarray(['service', 'container', 'object'], { minLength: 1 }),
  }),
  letters: 'rwdxylacuptfi',
  scope: true,
};

const versionsFrom = (since: string) =>
  fc.constantFrom(...SAS_VERSIONS.filter((version) => version >= since));

function tokens(kind: AuthorizedToken['kind'], one: Case): fc.Arbitrary<AuthorizedToken> {
  const none = fc.constant(null);
  const agents = kind === 'user-delegation' && one.agents === true;
  return fc
    .record({
      kind: fc.constant(kind),
      resource: one.resource.map((resource) => JSON.parse(JSON.stringify(resource)) as Resource),
      sasVersion: versionsFrom(one.since ?? '2020-12-06'),
      permissions: fc.shuffledSubarray(Array.from(one.letters), { minLength: 1 }),
      startsAt: orNull(fc.constant(new Date('2026-11-22T15:00:00Z'))),
      ip: orNull(fc.constantFrom('203.0.113.7', '203.0.113.0-203.0.113.255')),
      protocol: fc.constantFrom('https', 'https,http'),
      encryptionScope: one.scope === true ? orNull(fc.constant('scope1')) : none,
      responseHeaders:
        one.headers === true
          ? fc.record(
              {
                cacheControl: text,
                contentDisposition: text,
                contentType: text,
                contentEncoding: text,
                contentLanguage: text,
              },
              { requiredKeys: [] },
            )
          : fc.constant({}),
      policy: kind === 'service' ? orNull(text) : none,
      held: fc.record({ permissions: fc.boolean(), expiry: fc.boolean(), start: fc.boolean() }),
      bound: kind === 'user-delegation' ? fc.boolean() : fc.constant(false),
      agent: fc.constantFrom(null, ...(agents ? AGENT_KINDS.map((kind) => ({ kind, objectId: GUID })) : [])),
    })
    .map(({ sasVersion, permissions, held, bound, ...rest }) =>
      authorizedToken({
        ...(rest as Partial<AuthorizedToken>),
        account: account({ sasVersion }),
        permissions: permissions.join(''),
        omit: rest.policy === null ? { permissions: false, expiry: false, start: false } : held,
        delegatedUser: bound && sasVersion >= '2025-07-05' ? { objectId: GUID, tenantId: 'tenant' } : null,
      }),
    );
}

function keyFor({ kind, delegatedUser }: AuthorizedToken): SigningKey {
  if (kind !== 'user-delegation') return accountKey();
  return delegationKey({ delegatedTenantId: delegatedUser?.tenantId ?? null });
}

/** The fields for the members of a token, except `sp`, `sig` and the fields that name resource and key. */
function askedFields(token: AuthorizedToken): Record<string, string | null | undefined> {
  const { responseHeaders: headers, omit, delegatedUser } = token;
  return {
    st: token.startsAt === null || omit.start ? null : '2026-11-22T15:00:00Z',
    se: omit.expiry ? null : '2026-11-22T15:15:00Z',
    sip: token.ip,
    spr: token.protocol,
    si: token.policy,
    ses: token.encryptionScope,
    rscc: headers.cacheControl,
    rscd: headers.contentDisposition,
    rsce: headers.contentEncoding,
    rscl: headers.contentLanguage,
    rsct: headers.contentType,
    ...(token.agent && { [AGENT_FIELDS[token.agent.kind]]: token.agent.objectId }),
    sduoid: delegatedUser?.objectId,
    skdutid: delegatedUser?.tenantId,
  };
}

function holds(token: AuthorizedToken, scid: string | null): void {
  const key = keyFor(token);
  const { query, correlationId } = sign(token, key, scid);
  const fields = new Map(new URLSearchParams(query));
  const f: Field = (name) => fields.get(name) ?? '';
  const secret = Buffer.from(key.value.reveal(), 'base64');
  const sig = createHmac('sha256', secret).update(documentedText(token, f)).digest('base64');
  expect(f('sig')).toBe(sig);
  expect(query).toMatch(/^(?:[a-z]+=[\w%.~!*'()-]+(?:&|$))+$/);
  const asked = Object.entries({ ...askedFields(token), scid: correlationId });
  for (const [name, value] of asked) expect([name, fields.get(name)]).toEqual([name, value ?? undefined]);
  expect(Array.from(f('sp')).sort()).toEqual(
    token.omit.permissions ? [] : Array.from(token.permissions).sort(),
  );
  expect(fieldAtFault(query, fields)).toBeNull();
}

const scid = orNull(fc.constant('20261122-1500-8003-8000-000000000005'));
const held = (
  name: string,
  kind: AuthorizedToken['kind'],
  one: Case,
): [string, fc.Arbitrary<AuthorizedToken>] => [name, tokens(kind, one)];
const delegated = (name: string): Case =>
  ['queue', 'share', 'file'].includes(name)
    ? { ...SERVICE[name]!, since: '2025-07-05' }
    : { ...SERVICE[name]!, agents: true };

describe('for any fields, the signature is the documented one over exactly what the query says', () => {
  it.each([
    ...Object.entries(SERVICE).map(([name, one]) => held(`service SAS of a ${name}`, 'service', one)),
    held('service SAS of a table', 'service', TABLE),
    ...Object.keys(SERVICE).map((name) =>
      held(`user delegation SAS of a ${name}`, 'user-delegation', delegated(name)),
    ),
    held('account SAS', 'account', ACCOUNT),
  ])('%s', (_what, made) => {
    fc.assert(
      fc.property(made, scid, (token, id) => holds(token, id)),
      { numRuns: propertyRuns({ quick: 50, full: 150 }) },
    );
  });
});
