import { z } from 'zod';
import { ACCOUNT_NAME, ACCOUNT_NAME_RULE } from '../azure/names.ts';
import { RESOURCE_TYPES, SERVICES } from '../azure/services.ts';

/** Rows and grants' paths contain the name, so it must be one, also if no such account is configured. */
const account = z
  .string()
  .regex(ACCOUNT_NAME, `must be a storage account name: ${ACCOUNT_NAME_RULE}`)
  .optional()
  .describe('May be left out if only one account is configured.');

/** The shape of a token request's `resource` for the blob service. `blobResourceFaults` checks the names. */
export const blobResourceSchema = z.strictObject({
  account,
  service: z.literal('blob'),
  container: z
    .string()
    .describe('A container. Without blob or directory, the token is for the whole container.'),
  blob: z.string().optional().describe('The name of a blob, not percent-encoded.'),
  snapshot: z.string().optional().describe('A snapshot of the blob, such as 2026-11-22T15:15:00.1234567Z.'),
  versionId: z.string().optional().describe('A version of the blob, such as 2026-11-22T15:15:00.1234567Z.'),
  directory: z
    .string()
    .optional()
    .describe(
      'A directory and everything below it, without a trailing "/"; requires an account with a hierarchical namespace.',
    ),
});

/** The shape of a token request's `resource` for a queue. `queueResourceFaults` checks the name. */
export const queueResourceSchema = z.strictObject({
  account,
  service: z.literal('queue'),
  queue: z.string(),
});

/** The shape of a token request's `resource` for a table. `tableResourceFaults` checks name and keys. */
export const tableResourceSchema = z.strictObject({
  account,
  service: z.literal('table'),
  table: z.string().describe('A table. Without keys, the token is for all of its rows.'),
  partitionKeyStart: z.string().optional().describe('The first partition, inclusive.'),
  partitionKeyEnd: z.string().optional().describe('The last partition, inclusive.'),
  rowKeyStart: z.string().optional().describe('The first row of the first partition, inclusive.'),
  rowKeyEnd: z.string().optional().describe('The last row of the last partition, inclusive.'),
});

/** The shape of a token request's `resource` for Azure Files. `fileResourceFaults` checks the names. */
export const fileResourceSchema = z.strictObject({
  account,
  service: z.literal('file'),
  share: z.string().describe('A share. Without file, the token is for the whole share.'),
  file: z.string().optional().describe('The path of a file in the share, not percent-encoded.'),
});

/** The shape of a token request's `resource` for an account SAS. `accountResourceFaults` finds duplicates. */
export const accountResourceSchema = z.strictObject({
  account,
  services: z.array(z.enum(SERVICES)).min(1, 'must have at least one item').max(SERVICES.length),
  resourceTypes: z
    .array(z.enum(RESOURCE_TYPES))
    .min(1, 'must have at least one item')
    .max(RESOURCE_TYPES.length)
    .describe(
      'service: operations on the service; container: on containers, queues, tables and shares; object: on blobs, messages, entities and files.',
    ),
});

/** The shapes of `resource` for one service each. */
export const serviceResourceSchemas = [
  blobResourceSchema,
  queueResourceSchema,
  tableResourceSchema,
  fileResourceSchema,
] as const;
