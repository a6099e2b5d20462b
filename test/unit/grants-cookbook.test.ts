import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseBrokerConfig } from '../../shared/config/load-broker-config.ts';
import { authorize } from '../../shared/grants/authorize.ts';
import { findCoverage } from '../../shared/grants/coverage.ts';
import { rolesOf } from '../../shared/identity/caller-rules.ts';
import { checkClaims } from '../../shared/identity/verified-claims.ts';
import { parseTokenRequest } from '../../shared/requests/parse-token-request.ts';
import { validDocument } from './config/config-document.ts';

type Claims = Record<string, unknown>;

interface Recipe {
  readonly part: object;
  readonly claims: Claims;
}

const NOW = new Date('2026-11-22T12:00:00Z');

/** The recipes by their headings: a part of broker.json, and the claims of a token. */
const RECIPES = new Map(
  readFileSync('docs/grants-cookbook.md', 'utf8')
    .split(/^## /m)
    .slice(1)
    .flatMap((section): [string, Recipe][] => {
      const [part, claims] = [...section.matchAll(/^```json\n(.*?)^```/gms)].map(
        ([, json = '']) => JSON.parse(json) as object,
      );
      if (part === undefined || claims === undefined) return [];
      return [[section.split('\n')[0]!, { part, claims: claims as Claims }]];
    }),
);

function recipe(heading: string): Recipe {
  const found = RECIPES.get(heading);
  if (found === undefined) throw new Error(`The cookbook has no recipe "${heading}"`);
  return found;
}

/** Reads a recipe as the broker reads broker.json. */
function read({ part }: Recipe) {
  const { $schema, cloud, accounts } = validDocument();
  const roles = { auditor: [], operator: [] };
  const parsed = parseBrokerConfig(JSON.stringify({ $schema, cloud, accounts, roles, ...part }));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.fault));
  return parsed.value;
}

/** Returns the caller as the broker sees them, once the token's signature is verified. */
function callerOf(heading: string, change: Claims) {
  const { claims: documented } = recipe(heading);
  const { config } = read(recipe(heading));
  const claims = { ...documented, ...change };
  const issuer = config.issuers.find((one) => one.issuer === claims['iss'])!;
  const audiences: unknown[] = [claims['aud']].flat();
  expect(audiences.some((audience) => issuer.audiences.includes(String(audience)))).toBe(true);
  const verified = checkClaims(claims, issuer, NOW);
  return { config, caller: { ...verified, ip: null, roles: rolesOf(verified, config.roles) } };
}

/** Returns the grant that allows `letters` on `path`, or `refused`. */
function decide(heading: string, path: string, letters: string, change: Claims = {}): string {
  const { config, caller } = callerOf(heading, change);
  const context = { accounts: config.accounts, callerIp: null, entraUser: null, now: NOW };
  const url = `https://media.blob.core.windows.net/${path}`;
  const request = parseTokenRequest({ url, permissions: letters }, context);
  const { decision } = authorize(findCoverage(caller, request, config, NOW, null));
  return decision.outcome === 'allowed' ? decision.token.grant : 'refused';
}

const OWN = '33333333-0000-4000-8000-000000000003';
const PEOPLE = 'Microsoft Entra: people';
const APPLICATIONS = 'Microsoft Entra: applications';
const GITHUB = 'GitHub Actions';
const NAMES_ONLY = 'repo:octo-org/octo-repo:environment:production';

it.each([...RECIPES])('%s: the part is valid, without a warning', (_heading, one) => {
  expect(read(one).warnings).toEqual([]);
});

it.each([
  [PEOPLE, `uploads/${OWN}/1.jpg`, 'cw', 'upload-own-folder'],
  [PEOPLE, 'uploads/44444444-0000-4000-8000-000000000004/1.jpg', 'cw', 'refused'],
  [PEOPLE, `uploads/${OWN}/1.jpg`, 'r', 'refused'],
  [APPLICATIONS, 'exports/2026/11.csv', 'cw', 'nightly-export'],
  [APPLICATIONS, 'uploads/1.jpg', 'cw', 'refused'],
  ['Managed identities', 'photos/1.jpg', 'r', 'thumbnails'],
  ['Managed identities', 'thumbnails/1.jpg', 'cw', 'thumbnails-write'],
  ['Managed identities', 'thumbnails/1.jpg', 'rw', 'refused'],
  ['Managed identities', 'photos/1.jpg', 'w', 'refused'],
  ['Groups', 'photos', 'l', 'photo-editors'],
  ['Groups', 'photos/1.jpg', 'w', 'refused'],
  [GITHUB, 'releases/456789/app.zip', 'c', 'release-artifacts'],
  [GITHUB, 'releases/456790/app.zip', 'c', 'refused'],
  [GITHUB, 'releases/456789/app.zip', 'w', 'refused'],
  ['Kubernetes', 'imports/1.csv', 'r', 'importer'],
  ['Kubernetes', 'imports/1.csv', 'd', 'refused'],
])('%s: %s with %s is %s', (heading, path, letters, outcome) => {
  expect(decide(heading, path, letters)).toBe(outcome);
});

it.each([
  [PEOPLE, `uploads/${OWN}/1.jpg`, 'cw', { scp: undefined }],
  [APPLICATIONS, 'exports/1.csv', 'cw', { azp: '44444444-0000-4000-8000-000000000004' }],
  ['Groups', 'photos', 'l', { groups: undefined, hasgroups: true }],
  [GITHUB, 'releases/456789/app.zip', 'c', { sub: NAMES_ONLY }],
  [GITHUB, 'releases/456789/app.zip', 'c', { sub: 'repo:octo-org@123456/octo-repo@456789:pull_request' }],
  [GITHUB, 'releases/456789/app.zip', 'c', { repository_id: '1' }],
  ['Kubernetes', 'imports/1.csv', 'r', { sub: 'system:serviceaccount:other:importer' }],
])('%s: %s with %s is refused with the claims %j', (heading, path, letters, change) => {
  expect(decide(heading, path, letters, change)).toBe('refused');
});

it.each([
  [PEOPLE, { tid: 'another' }],
  [GITHUB, { repository_owner_id: '123457' }],
])('%s: a token with the claims %j is not accepted at all', (heading, change) => {
  expect(() => callerOf(heading, change)).toThrow('bearer token');
});

it('Auditors and operators: an operator is an auditor too', () => {
  const { caller } = callerOf('Auditors and operators', {});
  expect([...caller.roles].sort()).toEqual(['auditor', 'operator']);
});

it.each([...RECIPES.keys()])('%s: the subject is a claim of the token', (heading) => {
  expect(callerOf(heading, {}).caller.subject).not.toBe('');
});
