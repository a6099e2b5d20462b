import { describeFailure } from '../azure-calls/failure.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { signingError } from './sas-fields.ts';
import { carriesExactly, fieldAtFault, formatSasQuery, parseSasQuery, type SasFields } from './sas-query.ts';
import {
  fieldOutsideLayout,
  NEWEST_SAS_VERSION,
  type SasLayout,
  type SignedOutside,
  signText,
  stringToSign,
} from './sas-string-to-sign.ts';

/** What a token must contain, and the official SDK that makes it. */
export interface SasOrder {
  readonly layout: SasLayout;
  /** Every field that the token must carry, except `sig`. */
  readonly fields: SasFields;
  readonly outside: SignedOutside;
  readonly key: SigningKey;
  /** Returns the SDK's query for the same token. */
  readonly sdkQuery: () => string;
  /** Fields that this SDK does not know or writes differently: if one differs, the token is signed again. */
  readonly respelled: readonly string[];
}

/**
 * Makes a token's query with the SDK and checks it against the order: each field once and with its value, no other
 * field, and the signature that the layouts in this folder produce.
 * @returns the query, without a leading `?`.
 * @throws BrokerError `internal` if the token would not carry exactly what was authorized.
 */
export function makeQuery(order: SasOrder): string {
  const { layout, fields, respelled } = order;
  if ((fields.get('sv') ?? '') > NEWEST_SAS_VERSION) throw signingError('sv', 'is newer than the SDKs');
  const outside = fieldOutsideLayout(layout, fields);
  if (outside !== null) throw signingError(outside, `is not a field of this ${layout} SAS`);
  const query = askSdk(order);
  if (carriesExactly(query, fields, signatureOf(fields, order))) return query;
  const made = parseSasQuery(query);
  const expected = new Map(fields);
  for (const name of respelled) {
    const spelled = made.get(name);
    if (spelled === undefined) expected.delete(name);
    else expected.set(name, spelled);
  }
  const fault = fieldAtFault(query, expected.set('sig', signatureOf(made, order)), made);
  if (fault !== null) throw signingError(fault, 'differs from what was authorized');
  return respelled.every((name) => made.get(name) === fields.get(name)) ? query : respell(made, order);
}

/** Signs again, in the order of the SDK's query; fields that the SDK does not know come last. */
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
    throw signingError('token', `was refused by the SDK: ${describeFailure(error)}`);
  }
}

function signatureOf(fields: SasFields, { layout, outside, key }: SasOrder): string {
  return signText(stringToSign(layout, fields, outside), key.value);
}
