import { createHash } from 'node:crypto';
import { type Cloud, endpointOf } from '../azure/clouds.ts';
import { lettersGranted } from '../azure/requested-letters.ts';
import type { Service } from '../azure/services.ts';
import { durationSeconds } from '../iso-time.ts';
import type {
  BrokerConfig,
  CallerRule,
  ConsoleSignIn,
  Grant,
  IpRule,
  RequestLimits,
  StorageAccount,
} from './broker-config.ts';
import type { AccountDocument, BrokerDocument, CallerRuleDocument, GrantDocument } from './broker-schema.ts';
import { periodSeconds } from './expiration-period.ts';
import {
  DEFAULT_CONCURRENT,
  DEFAULT_MANAGED_POLICIES,
  DEFAULT_MAX_AHEAD,
  DEFAULT_MAX_TTL,
  DEFAULT_PER_MINUTE,
  DEFAULT_TTL,
  ROTATION_DEFAULTS,
  UNROTATED_MAX_TOKEN_TTL,
} from './limits.ts';
import { compilePattern, type ResourcePattern } from './resource-pattern.ts';
import { canonicalUrl } from './web-address.ts';

/**
 * Compiles a document without faults.
 * @param text the text of the file, for the hash.
 */
export function compileConfig(document: BrokerDocument, text: string): BrokerConfig {
  const cloud = document.cloud ?? 'public';
  return deepFreeze({
    hash: createHash('sha256').update(text, 'utf8').digest('hex'),
    cloud,
    accounts: new Map(document.accounts.map((account) => [account.name, compileAccount(account, cloud)])),
    issuers: document.issuers.map(({ subject = 'sub', require = {}, ...issuer }) => ({
      ...issuer,
      subject,
      require,
    })),
    grants: document.grants.map(compileGrant),
    roles: {
      auditor: (document.roles?.auditor ?? []).map(compileRule),
      operator: (document.roles?.operator ?? []).map(compileRule),
    },
    limits: compileLimits(document.limits),
    console: compileConsole(document),
  });
}

function compileConsole({ console: member, issuers }: BrokerDocument): ConsoleSignIn | null {
  if (member === undefined) return null;
  return {
    title: member.title ?? null,
    issuer: issuers.find(({ id }) => id === member.issuer)?.issuer ?? missedFault('is not an issuer'),
    authorizationEndpoint: member.authorizationEndpoint,
    tokenEndpoint: member.tokenEndpoint,
    endSessionEndpoint: member.endSessionEndpoint ?? null,
    clientId: member.clientId,
    scope: member.scope,
  };
}

function compileLimits(limits: BrokerDocument['limits']): RequestLimits {
  return {
    perCaller: {
      concurrent: limits?.perCaller?.concurrent ?? DEFAULT_CONCURRENT,
      perMinute: limits?.perCaller?.perMinute ?? DEFAULT_PER_MINUTE,
    },
    perGrant: { managedPolicies: limits?.perGrant?.managedPolicies ?? DEFAULT_MANAGED_POLICIES },
  };
}

function compileAccount(account: AccountDocument, cloud: Cloud): StorageAccount {
  const { keys, rotation } = account;
  const endpoint = (service: Service) =>
    canonicalUrl(account.endpoints?.[service] ?? endpointOf(account.name, service, cloud));
  const times = compileTimes(rotation);
  return {
    name: account.name,
    resourceId: account.resourceId,
    hierarchical: account.hierarchical ?? false,
    endpoints: {
      blob: endpoint('blob'),
      queue: endpoint('queue'),
      table: endpoint('table'),
      file: endpoint('file'),
    },
    sasVersion: account.sasVersion,
    unsupportedFields: new Set(account.unsupportedFields),
    allowSharedKeyAccess: account.allowSharedKeyAccess ?? true,
    sasPolicy: compileSasPolicy(account.sasPolicy),
    keys:
      keys === undefined ? null : { secretName: keys.secretName, secretFormat: keys.secretFormat ?? 'key' },
    rotation:
      rotation === undefined
        ? null
        : {
            every: seconds(rotation.every),
            takeOver: rotation.takeOver ?? false,
            overlap: times.overlap,
            settle: times.settle,
            clockSkew: times.clockSkew,
          },
    maxTokenTtl: rotation === undefined ? UNROTATED_MAX_TOKEN_TTL : times.maxTokenTtl,
    keyCache: times.keyCache,
    keyStaleMax: times.keyStaleMax,
  };
}

function compileSasPolicy(policy: AccountDocument['sasPolicy']): StorageAccount['sasPolicy'] {
  if (policy === undefined || policy === null) return null;
  return { period: periodSeconds(policy.sasExpirationPeriod) ?? missedFault('is not a period') };
}

/** Returns every duration of `rotation` except `every`, with defaults. */
function compileTimes(rotation: AccountDocument['rotation']): Record<keyof typeof ROTATION_DEFAULTS, number> {
  const time = (name: keyof typeof ROTATION_DEFAULTS) => seconds(rotation?.[name] ?? ROTATION_DEFAULTS[name]);
  return {
    maxTokenTtl: time('maxTokenTtl'),
    overlap: time('overlap'),
    keyCache: time('keyCache'),
    keyStaleMax: time('keyStaleMax'),
    settle: time('settle'),
    clockSkew: time('clockSkew'),
  };
}

function compileGrant(grant: GrantDocument): Grant {
  const maxTtl = seconds(grant.maxTtl ?? DEFAULT_MAX_TTL);
  return {
    id: grant.id,
    description: grant.description ?? null,
    callers: grant.callers.map(compileRule),
    resources: (grant.resources ?? []).map(compileResource),
    accountSas: (grant.accountSas ?? []).map(({ account, services, resourceTypes }) => ({
      account,
      services: new Set(services),
      resourceTypes: new Set(resourceTypes),
    })),
    permissions: compilePermissions(grant.permissions),
    kinds: new Set(grant.kinds ?? ['user-delegation']),
    agents: new Set(grant.agents),
    defaultTtl: seconds(grant.defaultTtl ?? Math.min(DEFAULT_TTL, maxTtl)),
    maxTtl,
    maxAhead: seconds(grant.maxAhead ?? DEFAULT_MAX_AHEAD),
    protocol: grant.protocol ?? 'https',
    ip: compileIpRule(grant.ip ?? 'any'),
    mode: grant.mode ?? 'enforce',
  };
}

function compilePermissions(permissions: GrantDocument['permissions']): Grant['permissions'] {
  const of = (what: Service | 'account') => lettersGranted(permissions, what);
  return {
    blob: of('blob'),
    queue: of('queue'),
    table: of('table'),
    file: of('file'),
    account: of('account'),
  };
}

function compileResource(source: string): ResourcePattern {
  const pattern = compilePattern(source);
  return pattern.ok ? pattern.value : missedFault(pattern.fault.message);
}

function compileIpRule(text: string): IpRule {
  if (text === 'any' || text === 'caller' || text === 'required') return { rule: text };
  return { rule: 'range', range: text };
}

function compileRule({ issuer, claims = {} }: CallerRuleDocument): CallerRule {
  const patterns = Object.entries(claims).map(([claim, value]) => [claim, [value].flat()] as const);
  return { issuer, claims: Object.fromEntries(patterns) };
}

function seconds(value: string | number): number {
  return durationSeconds(value) ?? missedFault('is not a duration');
}

/** Only documents without faults are compiled, so a fault here is a defect of the checks. */
function missedFault(message: string): never {
  throw new Error(`The checks of broker.json accepted a value that ${message}`);
}

/** Freezes a value and everything in it. The type of a set or map keeps code from adding to it. */
function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const parts = value instanceof Set || value instanceof Map ? value.values() : Object.values(value);
  for (const part of parts) deepFreeze(part);
  return Object.freeze(value);
}
