import * as z from 'zod/mini';
import { CLOUDS } from '../azure/clouds.ts';
import { PERMISSION_LETTERS, PERMISSION_NAMES, type PermissionName } from '../azure/permissions.ts';
import { AGENT_KINDS, SAS_KINDS } from '../azure/sas-kinds.ts';
import { RESOURCE_TYPES, SERVICES } from '../azure/services.ts';
import { account, accountName, duration, id, text, url } from './account-schema.ts';
import { MAX_POLICIES } from '../azure/limits.ts';
import * as limits from './limits.ts';
import { described } from '../input/described.ts';

const issuer = z.strictObject({
  id: described(id, 'The name of this issuer in callers and in audit records'),
  issuer: described(url, 'The exact "iss" of its tokens. The discovery document is below this URL'),
  audiences: described(
    z.array(text).check(z.minLength(1), z.maxLength(limits.MAX_AUDIENCES)),
    'The accepted values of "aud"',
  ),
  subject: described(
    z.optional(text),
    'The claim that permanently identifies a caller, such as oid in Microsoft Entra. Default sub',
  ),
  require: described(
    z.optional(z.record(text, text)),
    'Claims that every token must have, each with exactly this value',
  ),
});

const claimMatchers = described(
  z.record(text, z.union([text, z.array(text).check(z.minLength(1), z.maxLength(limits.MAX_CLAIM_VALUES))])),
  'Claims that must all match: a text, or a list of which one must match; "*" matches any text. If absent, every caller of the issuer matches',
);

const callerRule = z.strictObject({
  issuer: described(id, 'The id of one of "issuers"'),
  claims: z.optional(claimMatchers),
});

const NAMES = Object.keys(PERMISSION_NAMES) as PermissionName[];
const permissions = z.union([
  z.string().check(z.minLength(1), z.maxLength(64)),
  z.array(z.enum([...NAMES, ...PERMISSION_LETTERS])).check(z.minLength(1), z.maxLength(64)),
]);

const accountSas = z.strictObject({
  account: described(accountName, 'The name of one of "accounts"'),
  services: described(
    z.array(z.enum(SERVICES)).check(z.minLength(1), z.maxLength(SERVICES.length)),
    'The services that a token may cover',
  ),
  resourceTypes: described(
    z.array(z.enum(RESOURCE_TYPES)).check(z.minLength(1), z.maxLength(RESOURCE_TYPES.length)),
    'The levels of resources that a token may cover',
  ),
});

const grant = z.strictObject({
  id: described(id, 'The name of this grant in replies and audit records'),
  description: described(z.optional(text), 'What the grant is for, for people to read'),
  callers: described(
    z.array(callerRule).check(z.minLength(1), z.maxLength(limits.MAX_CALLER_RULES)),
    'Who has this grant. One matching rule is enough',
  ),
  resources: described(
    z.optional(z.array(z.string().check(z.maxLength(2048))).check(z.maxLength(limits.MAX_RESOURCES))),
    'account/service/container/path. "*" matches within a segment, a final "**" matches everything below, and ${claims.NAME} is the value of a claim',
  ),
  accountSas: described(
    z.optional(z.array(accountSas).check(z.maxLength(limits.MAX_RESOURCES))),
    'What an account SAS may cover. No other member allows an account SAS',
  ),
  permissions: described(permissions, "Azure's letters in any order, or a list of their names"),
  kinds: described(
    z.optional(z.array(z.enum(SAS_KINDS)).check(z.minLength(1), z.maxLength(SAS_KINDS.length))),
    'The kinds of SAS that this grant allows. Default user-delegation',
  ),
  agents: described(
    z.optional(z.array(z.enum(AGENT_KINDS)).check(z.maxLength(AGENT_KINDS.length))),
    'How tokens may name their caller as the user who acts, and so as the owner of what the user creates (hierarchical accounts). Default none',
  ),
  defaultTtl: described(
    z.optional(duration),
    'The life of a token if the request does not specify one. Default PT15M',
  ),
  maxTtl: described(z.optional(duration), 'The longest life of a token. Default PT1H'),
  maxAhead: described(
    z.optional(duration),
    'How far in the future startsAt may be, so that no caller can stockpile tokens for later. Default PT15M',
  ),
  protocol: described(
    z.optional(z.enum(['https', 'https,http'])),
    'What tokens may be used over. Default https',
  ),
  ip: described(
    z.optional(text),
    'any, caller, required (at most 256 addresses), or an IPv4 address or range first-last that a token’s addresses must be within. Default any',
  ),
  mode: described(
    z.optional(z.enum(['enforce', 'report'])),
    'report: allows nothing, but logs what it would allow. Default enforce',
  ),
});

const roleRules = z.array(callerRule).check(z.maxLength(limits.MAX_CALLER_RULES));

const limitsMember = z.strictObject({
  perCaller: described(
    z.optional(
      z.strictObject({
        concurrent: described(
          z.optional(z.int().check(z.minimum(1), z.maximum(limits.MAX_LIMIT))),
          'How many of its requests may be in progress. Default 200',
        ),
        perMinute: described(
          z.optional(z.int().check(z.minimum(1), z.maximum(limits.MAX_LIMIT))),
          'How many tokens it may request per minute. Default 12000',
        ),
      }),
    ),
    'What one caller may ask of one instance of the broker',
  ),
  perGrant: described(
    z.optional(
      z.strictObject({
        managedPolicies: described(
          z.optional(z.int().check(z.minimum(1), z.maximum(MAX_POLICIES))),
          'How many of the five stored access policies of a container, queue, table or share one grant may hold for revocable tokens. Default 2',
        ),
      }),
    ),
    'What one grant may use',
  ),
});

const consoleMember = z.strictObject({
  title: described(
    z.optional(z.string().check(z.minLength(1), z.maxLength(64))),
    'Names this broker in the bar of the console',
  ),
  issuer: described(id, 'The id of the one of "issuers" that people sign in with'),
  authorizationEndpoint: described(url, 'Where the issuer signs people in'),
  tokenEndpoint: described(
    url,
    'Where the console exchanges a code for tokens. It must allow the console’s origin',
  ),
  endSessionEndpoint: described(z.optional(url), 'Where the issuer signs people out'),
  clientId: described(text, 'The client id of the console’s own app registration'),
  scope: described(text, 'Scopes separated by spaces: openid, and one that the broker accepts'),
});

/** The shape of broker.json. cross-checks.ts checks rules across its parts. */
export const brokerSchema = z.strictObject({
  $schema: described(z.optional(z.string()), 'Lets an editor complete and explain this file'),
  cloud: described(
    z.optional(z.enum(CLOUDS)),
    'The Azure cloud that default endpoints are derived from. Default public',
  ),
  accounts: described(
    z.array(account).check(z.minLength(1), z.maxLength(limits.MAX_ACCOUNTS)),
    'Every storage account, once',
  ),
  issuers: described(
    z.array(issuer).check(z.minLength(1), z.maxLength(limits.MAX_ISSUERS)),
    'The issuers whose access tokens the broker accepts',
  ),
  grants: described(
    z.array(grant).check(z.maxLength(limits.MAX_GRANTS)),
    'Rules that allow tokens for callers. A grant can only add to what others allow',
  ),
  roles: described(
    z.optional(
      z.strictObject({
        auditor: described(z.optional(roleRules), 'Callers who may read every audit record and event'),
        operator: described(
          z.optional(roleRules),
          'Callers who may rotate, revoke, block and manage stored policies',
        ),
      }),
    ),
    'Who may look after the broker. Each role is a list of rules, of which one must match',
  ),
  limits: described(z.optional(limitsMember), 'How much the broker does for one caller and one grant'),
  console: described(z.optional(consoleMember), 'The web console at /api/console/. If absent, there is none'),
});

export type BrokerDocument = z.infer<typeof brokerSchema>;
export type AccountDocument = BrokerDocument['accounts'][number];
export type GrantDocument = BrokerDocument['grants'][number];
export type CallerRuleDocument = GrantDocument['callers'][number];
