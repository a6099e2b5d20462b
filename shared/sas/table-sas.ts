import { AzureNamedKeyCredential, generateTableSas, type TableSasSignatureValues } from '@azure/data-tables';
import type { TableResource } from '../azure/resources.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { canonicalTableName } from './canonical-names.ts';
import { signingError, tokenFields, withoutAbsent } from './sas-fields.ts';
import { makeQuery } from './sas-making.ts';
import { addPresent, sdkValues } from './sdk-values.ts';

/**
 * The `sv` of every table SAS, whatever version the account pins: the one that `@azure/data-tables` writes. Its layout
 * has not changed since.
 */
export const TABLE_SAS_VERSION = '2019-02-02';

/** This SDK declares its protocols as a union of texts, not as an enum. */
const PROTOCOLS = { Https: 'https', HttpsAndHttp: 'https,http' } as const;

/**
 * Signs a table, or a range of its rows.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` if the token would not carry exactly what was authorized.
 */
export function signTable(token: AuthorizedToken, resource: TableResource, key: SigningKey): string {
  if (key.kind !== 'account') throw signingError('skoid', 'is not a field of a table SAS');
  const { name } = token.account;
  const fields = new Map([
    ...tokenFields(token, 'table', key, null).set('sv', TABLE_SAS_VERSION),
    ...withoutAbsent([
      ['tn', resource.table],
      ['spk', resource.partitionKeyStart],
      ['srk', resource.rowKeyStart],
      ['epk', resource.partitionKeyEnd],
      ['erk', resource.rowKeyEnd],
    ]),
  ]);
  const values = signatureValues(token, resource, fields.get('sp'));
  return makeQuery({
    layout: 'table',
    fields,
    outside: { canonicalName: canonicalTableName(name, resource.table) },
    key,
    sdkQuery: () =>
      generateTableSas(resource.table, new AzureNamedKeyCredential(name, key.value.reveal()), values),
    respelled: [],
  });
}

function signatureValues(
  token: AuthorizedToken,
  resource: TableResource,
  letters: string | undefined,
): TableSasSignatureValues {
  const values: TableSasSignatureValues = { version: TABLE_SAS_VERSION };
  return addPresent(values, sdkValues(token, PROTOCOLS), {
    permissions: letters === undefined ? null : tablePermissions(letters),
    startPartitionKey: resource.partitionKeyStart,
    endPartitionKey: resource.partitionKeyEnd,
    startRowKey: resource.rowKeyStart,
    endRowKey: resource.rowKeyEnd,
  });
}

function tablePermissions(letters: string): NonNullable<TableSasSignatureValues['permissions']> {
  return {
    query: letters.includes('r'),
    add: letters.includes('a'),
    update: letters.includes('u'),
    delete: letters.includes('d'),
  };
}
