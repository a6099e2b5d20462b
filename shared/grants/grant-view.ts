import * as z from 'zod/mini';
import {
  accountLetters,
  inAzureOrder,
  PERMISSION_NAMES,
  type PermissionName,
  permissionNames,
} from '../azure/permissions.ts';
import { AGENT_KINDS, SAS_KINDS } from '../azure/sas-kinds.ts';
import { RESOURCE_TYPES, type Service, SERVICES } from '../azure/services.ts';
import type { BrokerConfig, CallerRule, Grant } from '../config/broker-config.ts';
import type { Caller } from '../identity/caller.ts';
import { formatDuration } from '../iso-time.ts';
import { type GrantReach, reachOfGrant } from './grant-reach.ts';
import { grantsOf, isInForce } from './own-grants.ts';
import { described } from '../input/described.ts';

const duration = described(z.string(), 'ISO 8601, such as PT15M');
const permissionsSchema = z.object({
  letters: described(z.string(), 'Azure’s letters, in its order'),
  names: z.array(z.enum(Object.keys(PERMISSION_NAMES) as PermissionName[])),
});

/** A grant in a reply. */
const grantSchema = z.object({
  id: z.string(),
  description: z.nullable(z.string()),
  resources: described(z.array(z.string()), 'account/service/container/path, with "*" and "**"'),
  accountSas: z.array(
    z.object({
      account: z.string(),
      services: z.array(z.enum(SERVICES)),
      resourceTypes: z.array(z.enum(RESOURCE_TYPES)),
    }),
  ),
  permissions: described(
    z.partialRecord(z.enum([...SERVICES, 'account']), permissionsSchema),
    'For each service of the grant’s resources, and `account` for account SAS',
  ),
  kinds: z.array(z.enum(SAS_KINDS)),
  agents: z.array(z.enum(AGENT_KINDS)),
  defaultTtl: duration,
  maxTtl: duration,
  maxAhead: described(duration, 'How far in the future a token may start'),
  protocol: z.enum(['https', 'https,http']),
  ip: described(z.string(), 'any, caller, required, or an address or range'),
  mode: z.enum(['enforce', 'report']),
  unusable: described(
    z.array(z.object({ pattern: z.string(), why: z.string() })),
    'Resources, as configured, that no token can be issued for, and why',
  ),
});
type GrantView = z.infer<typeof grantSchema>;

const callersSchema = described(
  z.array(z.object({ issuer: z.string(), claims: z.record(z.string(), z.array(z.string())) })),
  'One matching rule is enough; each claim of it must match one of its patterns',
);

/** The reply of `GET /me/grants`. */
export const ownGrantListSchema = z.object({
  items: z.array(grantSchema),
  nextCursor: z.nullable(z.string()),
});

/** The reply of `GET /grants`. */
export const grantListSchema = z.object({
  items: z.array(z.extend(grantSchema, { callers: callersSchema })),
  nextCursor: z.nullable(z.string()),
});

/** Returns the caller's grants in force, as the API shows them, with the caller's claims filled in. */
export function ownGrantViews(
  caller: Pick<Caller, 'issuer' | 'claims'>,
  config: Pick<BrokerConfig, 'accounts' | 'grants'>,
): GrantView[] {
  const own = grantsOf(caller, config.grants).filter(isInForce);
  return own.map((grant) => viewOf(grant, reachOfGrant(grant, config, caller.claims)));
}

/** Returns every grant as it is configured, with its callers. */
export function grantViews(
  config: Pick<BrokerConfig, 'accounts' | 'grants'>,
): z.infer<typeof grantListSchema>['items'] {
  return config.grants.map((grant) => ({
    ...viewOf(grant, reachOfGrant(grant, config, null)),
    callers: grant.callers.map(ruleView),
  }));
}

function viewOf(grant: Grant, { resources, unusable }: GrantReach): GrantView {
  return {
    id: grant.id,
    description: grant.description,
    resources: [...resources],
    accountSas: grant.accountSas.map(({ account, services, resourceTypes }) => ({
      account,
      services: [...services],
      resourceTypes: [...resourceTypes],
    })),
    permissions: permissionsOf(grant),
    kinds: [...grant.kinds],
    agents: [...grant.agents],
    defaultTtl: formatDuration(grant.defaultTtl),
    maxTtl: formatDuration(grant.maxTtl),
    maxAhead: formatDuration(grant.maxAhead),
    protocol: grant.protocol,
    ip: grant.ip.rule === 'range' ? grant.ip.range : grant.ip.rule,
    mode: grant.mode,
    unusable: [...unusable],
  };
}

/** Names depend on the service, because services share letters. */
function permissionsOf({ resources, accountSas, permissions }: Grant): GrantView['permissions'] {
  const services = SERVICES.filter((service) => resources.some((pattern) => pattern.service === service));
  const entries = services.map(
    (service) => [service, permissionsView(permissions[service], service)] as const,
  );
  const usable = accountLetters(accountSas.flatMap((scope) => [...scope.services]));
  const letters = [...permissions.account].filter((letter) => usable.has(letter));
  return {
    ...Object.fromEntries(entries),
    ...(accountSas.length === 0 ? {} : { account: permissionsView(letters, 'account') }),
  };
}

function permissionsView(
  letters: Iterable<string>,
  what: Service | 'account',
): z.infer<typeof permissionsSchema> {
  const ordered = inAzureOrder(letters, what);
  return { letters: ordered, names: permissionNames(ordered, what) };
}

function ruleView({ issuer, claims }: CallerRule): z.infer<typeof callersSchema>[number] {
  const copies = Object.entries(claims).map(
    ([claim, patterns]) => [claim, [...patterns]] as [string, string[]],
  );
  return { issuer, claims: Object.fromEntries(copies) };
}
