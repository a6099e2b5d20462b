import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseBrokerConfig } from '../../../shared/config/load-broker-config.ts';
import { validDocument, withMember } from './config-document.ts';

function warningLines(text: string): string[] {
  const result = parseBrokerConfig(text);
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value.warnings.map(({ path, message }) => `${path}: ${message}`);
}

const rule = (claims: Record<string, string | string[]>) => [{ issuer: 'entra', claims }];
const doubtful = (claim: string) =>
  `uses the claim "${claim}", which can change or pass to another user; use a claim such as oid, sub, roles or groups`;
const personal =
  'is the tenant of personal Microsoft accounts, which anyone can create; name the tenant of your organisation';
const EVERY_CALLER =
  'has no claims, so every caller of the issuer matches; name a claim such as roles, or "oid": "*" if everyone is meant';
const NO_AUDITOR =
  'has no "auditor", so nobody can read the audit records of others; name callers, or set it to [] if that is meant';
const NO_OPERATOR =
  'has no "operator", so nobody can order a rotation or revoke a token; name callers, or set it to [] if that is meant';
const PAIRWISE =
  'is "sub" (the default), which differs between app registrations, so callers are strangers after the API is registered again; use "oid"';
const OPEN_CLAIM =
  'has a claim and "*" in one segment, so it also matches names with the longer claims of other callers; separate the two with "/"';

test.each<[(string | number)[], unknown, string[]]>([
  [
    ['roles', 'operator'],
    rule({ roles: '*' }),
    ['$.roles.operator[0].claims.roles: accepts any value of roles for the role operator; name the values'],
  ],
  [
    ['roles', 'auditor'],
    rule({ tid: 't1', groups: ['g1', '**'] }),
    ['$.roles.auditor[0].claims.groups: accepts any value of groups for the role auditor; name the values'],
  ],
  [
    ['roles', 'auditor'],
    rule({ emails: 'a@example.org' }),
    [`$.roles.auditor[0].claims.emails: ${doubtful('emails')}`],
  ],
  [
    ['grants', 0, 'callers'],
    rule({ login_hint: 'a@example.org' }),
    [`$.grants[0].callers[0].claims.login_hint: ${doubtful('login_hint')}`],
  ],
  [
    ['grants', 0, 'callers'],
    rule({ scp: ['Tokens.Issue', 'Files.Read Tokens.Issue'] }),
    [
      '$.grants[0].callers[0].claims.scp: has a pattern with a space, which never matches: scp is compared scope by scope; list the scopes',
    ],
  ],
  [
    ['grants', 0, 'resources'],
    ['media/blob/uploads/x', 'media/blob/uploads/${claims.oid}*/**'],
    [`$.grants[0].resources[1]: ${OPEN_CLAIM}`],
  ],
  [
    ['grants', 0, 'resources'],
    ['media/blob/uploads/u-${claims.oid}-*', 'media/blob/uploads/*-${claims.oid}/**'],
    [`$.grants[0].resources[0]: ${OPEN_CLAIM}`, `$.grants[0].resources[1]: ${OPEN_CLAIM}`],
  ],
  [
    ['grants', 0, 'resources'],
    ['media/blob/uploads/${claims.login_hint}/**'],
    [`$.grants[0].resources[0]: ${doubtful('login_hint')}`],
  ],
  [['issuers', 0, 'subject'], 'emails', [`$.issuers[0].subject: ${doubtful('emails')}`]],
  [
    ['issuers', 0, 'issuer'],
    'https://login.microsoftonline.com/consumers/v2.0',
    [`$.issuers[0].issuer: ${personal}`],
  ],
  [
    ['issuers', 0, 'issuer'],
    'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
    [`$.issuers[0].issuer: ${personal}`],
  ],
  [['grants', 0, 'callers'], [{ issuer: 'entra' }], [`$.grants[0].callers[0]: ${EVERY_CALLER}`]],
  [['grants', 0, 'callers'], rule({}), [`$.grants[0].callers[0]: ${EVERY_CALLER}`]],
  [['roles'], undefined, [`$.roles: ${NO_AUDITOR}`, `$.roles: ${NO_OPERATOR}`]],
  [['roles', 'operator'], undefined, [`$.roles: ${NO_OPERATOR}`]],
  [['issuers', 0, 'subject'], undefined, [`$.issuers[0].subject: ${PAIRWISE}`]],
  [['issuers', 0, 'subject'], 'sub', [`$.issuers[0].subject: ${PAIRWISE}`]],
  [
    ['cloud'],
    'usgovernment',
    [
      '$.issuers[0].issuer: is of the cloud public, but "cloud" is usgovernment; make sure that both are right',
    ],
  ],
])('%j as %j causes a warning', (path, value, expected) => {
  expect(warningLines(withMember(path, value))).toEqual(expected);
});

test.each<[(string | number)[], unknown]>([
  [['roles', 'operator'], rule({ roles: 'Broker.*' })],
  [['grants', 0, 'callers'], rule({ roles: '*' })],
  [['grants', 0, 'callers'], rule({ scp: 'Tokens.Issue' })],
  [
    ['grants', 0, 'resources'],
    ['media/blob/uploads/u-${claims.oid}/*', 'media/blob/*/${claims.oid}'],
  ],
  [['issuers', 0, 'issuer'], 'https://login.example.org/consumers/v2.0'],
  [['roles'], { auditor: [], operator: [] }],
  [['grants', 0, 'callers'], rule({ oid: '*' })],
  [['issuers', 0], { id: 'entra', issuer: 'https://login.example.org/t1', audiences: ['a'] }],
  [['issuers', 0, 'issuer'], 'https://contoso.ciamlogin.com/t1/v2.0'],
])('%j as %j causes no warning', (path, value) => {
  expect(warningLines(withMember(path, value))).toEqual([]);
});

test('version 1.0 tokens of public and government tenants have the same issuer', () => {
  const document = validDocument();
  document.issuers[0]!.issuer = 'https://sts.windows.net/t1/';
  expect(warningLines(JSON.stringify({ ...document, cloud: 'usgovernment' }))).toEqual([]);
  expect(warningLines(JSON.stringify({ ...document, cloud: 'china' }))).toHaveLength(1);
});

test('a valid document and the shipped broker.json cause no warning', () => {
  expect(warningLines(JSON.stringify(validDocument()))).toEqual([]);
  expect(warningLines(readFileSync('broker.json', 'utf8'))).toEqual([]);
});
