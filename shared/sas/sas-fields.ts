import { inAzureOrder } from '../azure/permissions.ts';
import { AGENT_FIELDS } from '../azure/sas-kinds.ts';
import { BrokerError } from '../broker-error.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { formatInstant } from '../iso-time.ts';
import type { DelegationKey, SigningKey } from '../keys/signing-keys.ts';
import type { SasLayout } from './sas-string-to-sign.ts';

/**
 * Returns every field that the token must carry, except `sig` and the fields that name its resource: docs/sas-fields.md.
 * Leaves out nothing that was authorized; `makeQuery` checks that the layout has a place for each field.
 * @throws BrokerError `internal` if neither token nor policy would hold permissions, expiry or start, or if letters
 * belong to another service.
 */
export function tokenFields(
  token: AuthorizedToken,
  layout: SasLayout,
  key: SigningKey,
  correlationId: string | null,
): Map<string, string> {
  const { startsAt, responseHeaders, delegatedUser, agent, omit, policy } = token;
  if (policy === null && (omit.permissions || omit.expiry || omit.start))
    throw signingError('si', 'is missing, although the token leaves values to its policy');
  return withoutAbsent([
    ['sv', token.account.sasVersion],
    ['st', startsAt === null || omit.start ? null : formatInstant(startsAt)],
    ['se', omit.expiry ? null : formatInstant(token.expiresAt)],
    ['sp', omit.permissions ? null : orderedLetters(token, layout)],
    ['sip', token.ip],
    ['spr', token.protocol],
    ['si', policy],
    ['ses', token.encryptionScope],
    ['rscc', responseHeaders.cacheControl],
    ['rscd', responseHeaders.contentDisposition],
    ['rsce', responseHeaders.contentEncoding],
    ['rscl', responseHeaders.contentLanguage],
    ['rsct', responseHeaders.contentType],
    ['scid', correlationId],
    ...(agent === null ? [] : [[AGENT_FIELDS[agent.kind], agent.objectId] as const]),
    ['sduoid', delegatedUser?.objectId],
    ['skdutid', delegatedUser?.tenantId],
    ...(key.kind === 'account' ? [] : delegationFields(key)),
  ]);
}

/** Returns the fields that have a value. */
export function withoutAbsent(
  fields: readonly (readonly [string, string | null | undefined])[],
): Map<string, string> {
  const present = new Map<string, string>();
  for (const [name, value] of fields) if (typeof value === 'string') present.set(name, value);
  return present;
}

/** Returns the error for a token that could not be signed: the broker's fault, never the request's. */
export function signingError(field: string, what: string): BrokerError {
  return new BrokerError('internal', 'The token could not be signed.', {
    reason: `SAS field ${field} ${what}`,
  });
}

function orderedLetters({ permissions }: AuthorizedToken, layout: SasLayout): string {
  const letters = inAzureOrder(permissions, layout);
  if (letters === '') throw signingError('sp', 'would be empty');
  if (letters.length !== permissions.length)
    throw signingError('sp', `has letters that a ${layout} SAS does not have`);
  return letters;
}

type Fields = readonly (readonly [string, string])[];

/** One key signs many tokens, and its fields are the same in all of them. */
const keyFields = new WeakMap<DelegationKey, Fields>();

function delegationFields(key: DelegationKey): Fields {
  const known = keyFields.get(key);
  if (known !== undefined) return known;
  const fields: Fields = [
    ['skoid', key.objectId],
    ['sktid', key.tenantId],
    ['skt', formatInstant(key.startsAt)],
    ['ske', formatInstant(key.expiresAt)],
    ['sks', key.service],
    ['skv', key.version],
  ];
  keyFields.set(key, fields);
  return fields;
}
