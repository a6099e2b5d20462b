import { AzureNamedKeyCredential, generateTableSas } from '@azure/data-tables';
import type { TableSasSignatureValues } from '@azure/data-tables';
import type { TableResource } from '../azure/resources.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { tokenFields, unsigned, withoutAbsent } from './sas-fields.ts';
import { makeQuery, sdkValues } from './sas-making.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { canonicalTableName } from './canonical-names.ts';

/** The `sv` of every table SAS, whatever the account pins: `@azure/data-tables`' own, whose layout never changed since. */
export const TABLE_SAS_VERSION = '2019-02-02';

/**
 * Signs a table, or the rows of it from one key to another.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` where the token would not carry all of what was authorized, and only that.
 */
export function signTable(token: AuthorizedToken, resource: TableResource, key: SigningKey): string {
  if (key.kind !== 'account') throw unsigned('skoid', 'is nothing that a table SAS signs');
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
  const credential = () => new AzureNamedKeyCredential(name, key.value.reveal());
  const values = signatureValues(token, resource, fields.get('sp'));
  return makeQuery({
    layout: 'table',
    fields,
    outside: { canonicalName: canonicalTableName(name, resource.table) },
    key,
    sdkQuery: () => generateTableSas(resource.table, credential(), values),
    respelled: [],
  });
}

function signatureValues(
  token: AuthorizedToken,
  resource: TableResource,
  letters: string | undefined,
): TableSasSignatureValues {
  const { partitionKeyStart, partitionKeyEnd, rowKeyStart, rowKeyEnd } = resource;
  return {
    ...sdkValues(token),
    version: TABLE_SAS_VERSION,
    ...(letters === undefined ? {} : { permissions: tablePermissions(letters) }),
    protocol: token.protocol,
    ...(partitionKeyStart === undefined ? {} : { startPartitionKey: partitionKeyStart }),
    ...(partitionKeyEnd === undefined ? {} : { endPartitionKey: partitionKeyEnd }),
    ...(rowKeyStart === undefined ? {} : { startRowKey: rowKeyStart }),
    ...(rowKeyEnd === undefined ? {} : { endRowKey: rowKeyEnd }),
  };
}

function tablePermissions(letters: string): NonNullable<TableSasSignatureValues['permissions']> {
  return {
    query: letters.includes('r'),
    add: letters.includes('a'),
    update: letters.includes('u'),
    delete: letters.includes('d'),
  };
}
