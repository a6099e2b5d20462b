import { z } from 'zod';
import { PERMISSION_LETTERS, PERMISSION_NAMES, type PermissionName } from '../azure/permissions.ts';
import { account, accountName, duration, id, text, url } from './account-schema.ts';
import * as limits from './limits.ts';
import { RESOURCE_TYPES, SERVICES } from '../azure/services.ts';
import { AGENT_KINDS, SAS_KINDS } from '../azure/sas-kinds.ts';
import { CLOUDS } from '../azure/clouds.ts';

const issuer = z.strictObject({
  id: id.describe('Name of this issuer in callers and in audit records'),
  issuer: url.describe('The exact "iss" of its tokens; discovery is below it'),
  audiences: z.array(text).min(1).max(limits.MAX_AUDIENCES).describe('Accepted values of "aud"'),
  subject: text
    .optional()
    .describe('Claim that names a caller for good, such as oid in Microsoft Entra. Default sub'),
  require: z
    .record(text, text)
    .optional()
    .describe('Claims that every token must carry with just this value'),
});

const claimMatchers = z
  .record(text, z.union([text, z.array(text).min(1).max(limits.MAX_CLAIM_VALUES)]))
  .describe('Claims that must all match: text, a list of which any one does, "*" for any part');

const callerRule = z.strictObject({
  issuer: id.describe('Id of one of "issuers"'),
  claims: claimMatchers.optional().describe('Absent: every caller of the issuer'),
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
  account: accountName,
  services: z.array(z.enum(SERVICES)).min(1).max(SERVICES.length),
  resourceTypes: z.array(z.enum(RESOURCE_TYPES)).min(1).max(RESOURCE_TYPES.length),
});

const grant = z.strictObject({
  id: id.describe('Name of this grant in replies and audit records'),
  description: text.optional(),
  callers: z
    .array(callerRule)
    .min(1)
    .max(limits.MAX_CALLER_RULES)
    .describe('Who has it: any one rule is enough'),
  resources: z
    .array(z.string().max(2048))
    .max(limits.MAX_RESOURCES)
    .optional()
    .describe('account/service/container/path; "*" within a segment, a last "**" below, ${claims.NAME}'),
  accountSas: z
    .array(accountSas)
    .max(limits.MAX_RESOURCES)
    .optional()
    .describe('The only way to an account SAS'),
  permissions: permissions.describe("Azure's letters in any order, or a list of their names"),
  kinds: z
    .array(z.enum(SAS_KINDS))
    .min(1)
    .max(SAS_KINDS.length)
    .optional()
    .describe('Kinds of SAS it allows. Default user-delegation'),
  agents: z
    .array(z.enum(AGENT_KINDS))
    .max(AGENT_KINDS.length)
    .optional()
    .describe(
      'How tokens may name their caller as who acts (hierarchical accounts), and so as the owner of what is created. Default none',
    ),
  defaultTtl: duration.optional().describe('Life of a token whose request names none. Default PT15M'),
  maxTtl: duration.optional().describe('Longest life of a token. Default PT1H'),
  protocol: z.enum(['https', 'https,http']).optional().describe('Default https'),
  ip: text
    .optional()
    .describe(
      'any (default), caller, required, or an IPv4 address or range first-last tokens must stay within',
    ),
  mode: z
    .enum(['enforce', 'report'])
    .optional()
    .describe('report: allows nothing, logs what it would have. Default enforce'),
});

const roleRules = z.array(callerRule).max(limits.MAX_CALLER_RULES);

/** Shape of broker.json; what its parts mean to each other is checked in cross-checks.ts. */
export const brokerSchema = z.strictObject({
  $schema: z.string().optional().describe('Lets an editor complete and explain this file'),
  cloud: z.enum(CLOUDS).optional().describe('Azure cloud that endpoints are derived for. Default public'),
  accounts: z.array(account).min(1).max(limits.MAX_ACCOUNTS).describe('Every storage account, once'),
  issuers: z.array(issuer).min(1).max(limits.MAX_ISSUERS).describe('Whose access tokens are accepted'),
  grants: z
    .array(grant)
    .max(limits.MAX_GRANTS)
    .describe('Rules that let callers have tokens; they only add up'),
  roles: z
    .strictObject({
      auditor: roleRules.optional().describe('May read every audit record and event'),
      operator: roleRules.optional().describe('May rotate, revoke, block and keep stored policies'),
    })
    .optional(),
});

export type BrokerDocument = z.infer<typeof brokerSchema>;
export type AccountDocument = BrokerDocument['accounts'][number];
export type GrantDocument = BrokerDocument['grants'][number];
export type CallerRuleDocument = GrantDocument['callers'][number];
