import { AzureNamedKeyCredential, generateTableSas } from '@azure/data-tables';
import type { TableSasSignatureValues } from '@azure/data-tables';
import { z } from 'zod';
import type { TableResource } from '../azure-storage.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { tokenFields, unsigned, withoutAbsent } from './sas-fields.ts';
import { makeQuery, sdkValues } from './sas-making.ts';
import type { SigningKey } from './signer.ts';

export { tableFromPath, tableResourceFaults } from './table-names.ts';

/** The `sv` of every table SAS, whatever the account pins: `@azure/data-tables`' own, whose layout never changed since. */
export const TABLE_SAS_VERSION = '2019-02-02';

/** `resource` of a token request for a table: its shape; `tableResourceFaults` checks name and keys. */
export const tableResourceSchema = z.strictObject({
  account: z.string().optional().describe('May be left out where one account is configured.'),
  service: z.literal('table'),
  table: z.string().describe('A table; without keys, the token is for all of its rows.'),
  partitionKeyStart: z.string().optional().describe('The first partition, inclusive.'),
  partitionKeyEnd: z.string().optional().describe('The last partition, inclusive.'),
  rowKeyStart: z.string().optional().describe('The first row of the first partition, inclusive.'),
  rowKeyEnd: z.string().optional().describe('The last row of the last partition, inclusive.'),
});

/** The table's URL without a token; ranges of keys are in the token. */
export function tableUrl(account: StorageAccount, { table }: TableResource): string {
  return `${account.endpoints.table}/${table}`;
}

/** The name that is signed: in lower case, whatever the table's own. */
export function canonicalTableName(account: string, table: string): string {
  return `/table/${account}/${table.toLowerCase()}`;
}

/**
 * Signs a table, or the rows of it from one key to another.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` where the token would not carry all of what was authorized, and only that.
 */
export function signTable(token: AuthorizedToken, resource: TableResource, key: SigningKey): string {
  if (key.kind !== 'service') throw unsigned('skoid', 'is nothing that a table SAS signs');
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
  const credential = () => new AzureNamedKeyCredential(name, key.key.value.reveal());
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
