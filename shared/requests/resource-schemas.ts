import * as z from 'zod/mini';
import { ACCOUNT_NAME, ACCOUNT_NAME_RULE } from '../azure/names.ts';
import { RESOURCE_TYPES, SERVICES } from '../azure/services.ts';
import { described } from '../input/described.ts';

/** Rows and grants' paths contain the name, so it must be one, also if no such account is configured. */
const account = described(
  z.optional(z.string().check(z.regex(ACCOUNT_NAME, `must be a storage account name: ${ACCOUNT_NAME_RULE}`))),
  'May be left out if only one account is configured.',
);

/** The shape of a token request's `resource` for the blob service. `blobResourceFaults` checks the names. */
export const blobResourceSchema = z.strictObject({
  account,
  service: z.literal('blob'),
  container: described(
    z.string(),
    'A container. Without blob or directory, the token is for the whole container.',
  ),
  blob: described(z.optional(z.string()), 'The name of a blob, not percent-encoded.'),
  snapshot: described(
    z.optional(z.string()),
    'A snapshot of the blob, such as 2026-11-22T15:15:00.1234567Z.',
  ),
  versionId: described(
    z.optional(z.string()),
    'A version of the blob, such as 2026-11-22T15:15:00.1234567Z.',
  ),
  directory: described(
    z.optional(z.string()),
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
  table: described(z.string(), 'A table. Without keys, the token is for all of its rows.'),
  partitionKeyStart: described(z.optional(z.string()), 'The first partition, inclusive.'),
  partitionKeyEnd: described(z.optional(z.string()), 'The last partition, inclusive.'),
  rowKeyStart: described(z.optional(z.string()), 'The first row of the first partition, inclusive.'),
  rowKeyEnd: described(z.optional(z.string()), 'The last row of the last partition, inclusive.'),
});

/** The shape of a token request's `resource` for Azure Files. `fileResourceFaults` checks the names. */
export const fileResourceSchema = z.strictObject({
  account,
  service: z.literal('file'),
  share: described(z.string(), 'A share. Without file, the token is for the whole share.'),
  file: described(z.optional(z.string()), 'The path of a file in the share, not percent-encoded.'),
});

/** The shape of a token request's `resource` for an account SAS. `accountResourceFaults` finds duplicates. */
export const accountResourceSchema = z.strictObject({
  account,
  services: z
    .array(z.enum(SERVICES))
    .check(z.minLength(1, 'must have at least one item'), z.maxLength(SERVICES.length)),
  resourceTypes: described(
    z
      .array(z.enum(RESOURCE_TYPES))
      .check(z.minLength(1, 'must have at least one item'), z.maxLength(RESOURCE_TYPES.length)),
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
