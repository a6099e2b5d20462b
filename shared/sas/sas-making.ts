import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { DelegationKey, SigningKey } from '../keys/signing-keys.ts';
import { unsigned } from './sas-fields.ts';
import { fieldAtFault, formatSasQuery, parseSasQuery, type SasFields } from './sas-query.ts';
import {
  fieldOutsideLayout,
  NEWEST_SAS_VERSION,
  signText,
  stringToSign,
  type SasLayout,
  type SignedOutside,
} from './sas-string-to-sign.ts';
import { describeFailure } from '../azure-calls/failure.ts';

/** A token as it must come out, and the official SDK that makes it. */
export interface SasOrder {
  readonly layout: SasLayout;
  /** Every field that the token must carry but `sig`. */
  readonly fields: SasFields;
  readonly outside: SignedOutside;
  readonly key: SigningKey;
  /** The SDK's query for the same token. */
  readonly sdkQuery: () => string;
  /** Fields that this SDK does not know, or writes in a way of its own: where they differ, they are signed again. */
  readonly respelled: readonly string[];
}

/**
 * The query of a token, made by the SDK and held against what was ordered: each field once with its value, nothing
 * else, and the signature that the layouts here make of it.
 * @throws BrokerError `internal` where the token would not carry all of what was authorized, and only that.
 */
export function makeQuery(order: SasOrder): string {
  const { layout, fields, respelled } = order;
  if ((fields.get('sv') ?? '') > NEWEST_SAS_VERSION) throw unsigned('sv', 'is newer than the SDKs');
  const outside = fieldOutsideLayout(layout, fields);
  if (outside !== null) throw unsigned(outside, `is nothing that this ${layout} SAS signs`);
  const query = askSdk(order);
  const made = parseSasQuery(query);
  const expected = new Map([...fields, ...[...made].filter(([name]) => respelled.includes(name))]);
  for (const name of respelled) if (!made.has(name)) expected.delete(name);
  const fault = fieldAtFault(query, expected.set('sig', signatureOf(made, order)));
  if (fault !== null) throw unsigned(fault, 'is not in the token as it was authorized');
  return respelled.every((name) => made.get(name) === fields.get(name)) ? query : respell(made, order);
}

/** In the order of the SDK's query, what it does not know after the rest. */
function respell(made: SasFields, order: SasOrder): string {
  const names = new Set([...made.keys(), ...order.fields.keys()]);
  const kept = [...names].filter((name) => order.fields.has(name));
  const ordered = new Map(kept.map((name) => [name, order.fields.get(name) ?? '']));
  return formatSasQuery(ordered.set('sig', signatureOf(ordered, order)));
}

function askSdk({ sdkQuery }: SasOrder): string {
  try {
    return sdkQuery();
  } catch (error) {
    throw unsigned('token', `was refused by the SDK: ${describeFailure(error)}`);
  }
}

function signatureOf(fields: SasFields, { layout, outside, key }: SasOrder): string {
  return signText(stringToSign(layout, fields, outside), key.value);
}

/** The values that every SDK takes by the same names; letters and protocol have types of their own in each. */
export function sdkValues(token: AuthorizedToken): {
  startsOn?: Date;
  expiresOn?: Date;
  ipRange?: { start: string; end?: string };
  identifier?: string;
} {
  const { startsAt, expiresAt, ip, policy, omit } = token;
  const [start = '', end] = ip?.split('-') ?? [];
  return {
    ...(startsAt === null || omit.start ? {} : { startsOn: startsAt }),
    ...(omit.expiry ? {} : { expiresOn: expiresAt }),
    ...(ip === null ? {} : { ipRange: end === undefined ? { start } : { start, end } }),
    ...(policy === null ? {} : { identifier: policy }),
  };
}

/** As the SDKs of blobs, directories, queues and files take a user delegation key. */
export function sdkDelegationKey(key: DelegationKey): {
  signedObjectId: string;
  signedTenantId: string;
  signedStartsOn: Date;
  signedExpiresOn: Date;
  signedService: string;
  signedVersion: string;
  signedDelegatedUserTenantId?: string;
  value: string;
} {
  return {
    signedObjectId: key.objectId,
    signedTenantId: key.tenantId,
    signedStartsOn: key.startsAt,
    signedExpiresOn: key.expiresAt,
    signedService: key.service,
    signedVersion: key.version,
    ...(key.delegatedTenantId === null ? {} : { signedDelegatedUserTenantId: key.delegatedTenantId }),
    value: key.value.reveal(),
  };
}
