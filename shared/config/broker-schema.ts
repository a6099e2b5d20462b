import { z } from 'zod';
import { CLOUDS } from '../azure/clouds.ts';
import { PERMISSION_LETTERS, PERMISSION_NAMES, type PermissionName } from '../azure/permissions.ts';
import { AGENT_KINDS, SAS_KINDS } from '../azure/sas-kinds.ts';
import { RESOURCE_TYPES, SERVICES } from '../azure/services.ts';
import { account, accountName, duration, id, text, url } from './account-schema.ts';
import { MAX_POLICIES } from '../azure/limits.ts';
import * as limits from './limits.ts';

const issuer = z.strictObject({
  id: id.describe('The name of this issuer in callers and in audit records'),
  issuer: url.describe('The exact "iss" of its tokens. The discovery document is below this URL'),
  audiences: z.array(text).min(1).max(limits.MAX_AUDIENCES).describe('The accepted values of "aud"'),
  subject: text
    .optional()
    .describe('The claim that permanently identifies a caller, such as oid in Microsoft Entra. Default sub'),
  require: z
    .record(text, text)
    .optional()
    .describe('Claims that every token must have, each with exactly this value'),
});

const claimMatchers = z
  .record(text, z.union([text, z.array(text).min(1).max(limits.MAX_CLAIM_VALUES)]))
  .describe(
    'Claims that must all match: a text, or a list of which one must match; "*" matches any text. If absent, every caller of the issuer matches',
  );

const callerRule = z.strictObject({
  issuer: id.describe('The id of one of "issuers"'),
  claims: claimMatchers.optional(),
});

const NAMES = Object.keys(PERMISSION_NAMES) as PermissionName[];
const permissions = z.union([
  z.string().min(1).max(64),
  z
    .array(z.enum([...NAMES, ...PERMISSION_LETTERS]))
    .min(1)
    .max(64),
]);

const accountSas = z.strictObject({
  account: accountName.describe('The name of one of "accounts"'),
  services: z
    .array(z.enum(SERVICES))
    .min(1)
    .max(SERVICES.length)
    .describe('The services that a token may cover'),
  resourceTypes: z
    .array(z.enum(RESOURCE_TYPES))
    .min(1)
    .max(RESOURCE_TYPES.length)
    .describe('The levels of resources that a token may cover'),
});

const grant = z.strictObject({
  id: id.describe('The name of this grant in replies and audit records'),
  description: text.optional().describe('What the grant is for, for people to read'),
  callers: z
    .array(callerRule)
    .min(1)
    .max(limits.MAX_CALLER_RULES)
    .describe('Who has this grant. One matching rule is enough'),
  resources: z
    .array(z.string().max(2048))
    .max(limits.MAX_RESOURCES)
    .optional()
    .describe(
      'account/service/container/path. "*" matches within a segment, a final "**" matches everything below, and ${claims.NAME} is the value of a claim',
    ),
  accountSas: z
    .array(accountSas)
    .max(limits.MAX_RESOURCES)
    .optional()
    .describe('What an account SAS may cover. No other member allows an account SAS'),
  permissions: permissions.describe("Azure's letters in any order, or a list of their names"),
  kinds: z
    .array(z.enum(SAS_KINDS))
    .min(1)
    .max(SAS_KINDS.length)
    .optional()
    .describe('The kinds of SAS that this grant allows. Default user-delegation'),
  agents: z
    .array(z.enum(AGENT_KINDS))
    .max(AGENT_KINDS.length)
    .optional()
    .describe(
      'How tokens may name their caller as the user who acts, and so as the owner of what the user creates (hierarchical accounts). Default none',
    ),
  defaultTtl: duration
    .optional()
    .describe('The life of a token if the request does not specify one. Default PT15M'),
  maxTtl: duration.optional().describe('The longest life of a token. Default PT1H'),
  maxAhead: duration
    .optional()
    .describe(
      'How far in the future startsAt may be, so that no caller can stockpile tokens for later. Default PT15M',
    ),
  protocol: z
    .enum(['https', 'https,http'])
    .optional()
    .describe('What tokens may be used over. Default https'),
  ip: text
    .optional()
    .describe(
      'any, caller, required (at most 256 addresses), or an IPv4 address or range first-last that a token’s addresses must be within. Default any',
    ),
  mode: z
    .enum(['enforce', 'report'])
    .optional()
    .describe('report: allows nothing, but logs what it would allow. Default enforce'),
});

const roleRules = z.array(callerRule).max(limits.MAX_CALLER_RULES);

const limitsMember = z.strictObject({
  perCaller: z
    .strictObject({
      concurrent: z
        .int()
        .min(1)
        .max(limits.MAX_LIMIT)
        .optional()
        .describe('How many of its requests may be in progress. Default 200'),
      perMinute: z
        .int()
        .min(1)
        .max(limits.MAX_LIMIT)
        .optional()
        .describe('How many tokens it may request per minute. Default 12000'),
    })
    .optional()
    .describe('What one caller may ask of one instance of the broker'),
  perGrant: z
    .strictObject({
      managedPolicies: z
        .int()
        .min(1)
        .max(MAX_POLICIES)
        .optional()
        .describe(
          'How many of the five stored access policies of a container, queue, table or share one grant may hold for revocable tokens. Default 2',
        ),
    })
    .optional()
    .describe('What one grant may use'),
});

const consoleMember = z.strictObject({
  title: z.string().min(1).max(64).optional().describe('Names this broker in the bar of the console'),
  issuer: id.describe('The id of the one of "issuers" that people sign in with'),
  authorizationEndpoint: url.describe('Where the issuer signs people in'),
  tokenEndpoint: url.describe(
    'Where the console exchanges a code for tokens. It must allow the console’s origin',
  ),
  endSessionEndpoint: url.optional().describe('Where the issuer signs people out'),
  clientId: text.describe('The client id of the console’s own app registration'),
  scope: text.describe('Scopes separated by spaces: openid, and one that the broker accepts'),
});

/** The shape of broker.json. cross-checks.ts checks rules across its parts. */
export const brokerSchema = z.strictObject({
  $schema: z.string().optional().describe('Lets an editor complete and explain this file'),
  cloud: z
    .enum(CLOUDS)
    .optional()
    .describe('The Azure cloud that default endpoints are derived from. Default public'),
  accounts: z.array(account).min(1).max(limits.MAX_ACCOUNTS).describe('Every storage account, once'),
  issuers: z
    .array(issuer)
    .min(1)
    .max(limits.MAX_ISSUERS)
    .describe('The issuers whose access tokens the broker accepts'),
  grants: z
    .array(grant)
    .max(limits.MAX_GRANTS)
    .describe('Rules that allow tokens for callers. A grant can only add to what others allow'),
  roles: z
    .strictObject({
      auditor: roleRules.optional().describe('Callers who may read every audit record and event'),
      operator: roleRules
        .optional()
        .describe('Callers who may rotate, revoke, block and manage stored policies'),
    })
    .optional()
    .describe('Who may look after the broker. Each role is a list of rules, of which one must match'),
  limits: limitsMember.optional().describe('How much the broker does for one caller and one grant'),
  console: consoleMember.optional().describe('The web console at /api/console/. If absent, there is none'),
});

export type BrokerDocument = z.infer<typeof brokerSchema>;
export type AccountDocument = BrokerDocument['accounts'][number];
export type GrantDocument = BrokerDocument['grants'][number];
export type CallerRuleDocument = GrantDocument['callers'][number];
