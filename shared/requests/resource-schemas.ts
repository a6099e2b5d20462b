import { z } from 'zod';
import { RESOURCE_TYPES, SERVICES } from '../azure/services.ts';

/** `resource` of a token request for the blob service: its shape; `blobResourceFaults` checks the names. */
export const blobResourceSchema = z.strictObject({
  account: z.string().optional().describe('May be left out where one account is configured.'),
  service: z.literal('blob'),
  container: z.string().describe('A container; without blob or directory, the token is for all of it.'),
  blob: z.string().optional().describe("A blob's name, not percent-encoded."),
  snapshot: z.string().optional().describe('One snapshot of the blob: 2026-11-22T15:15:00.1234567Z.'),
  versionId: z.string().optional().describe('One version of the blob: 2026-11-22T15:15:00.1234567Z.'),
  directory: z
    .string()
    .optional()
    .describe('A directory of an account with a hierarchical namespace, and all below it; no trailing "/".'),
});

/** `resource` of a token request for a queue: its shape; `queueResourceFaults` checks the name. */
export const queueResourceSchema = z.strictObject({
  account: z.string().optional().describe('May be left out where one account is configured.'),
  service: z.literal('queue'),
  queue: z.string(),
});

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

/** `resource` of a token request for Azure Files: its shape; `fileResourceFaults` checks the names. */
export const fileResourceSchema = z.strictObject({
  account: z.string().optional().describe('May be left out where one account is configured.'),
  service: z.literal('file'),
  share: z.string().describe('A share; without file, the token is for all of it.'),
  file: z.string().optional().describe("A file's path in the share, not percent-encoded."),
});

/** `resource` of a token request for an account SAS: its shape; `accountResourceFaults` looks for repetitions. */
export const accountResourceSchema = z.strictObject({
  account: z.string().optional().describe('May be left out where one account is configured.'),
  services: z.array(z.enum(SERVICES)).min(1, 'must name at least one'),
  resourceTypes: z
    .array(z.enum(RESOURCE_TYPES))
    .min(1, 'must name at least one')
    .describe(
      'service: operations on the service; container: also on queues, tables, shares; object: also on messages, entities, files.',
    ),
});

/** The shapes of `resource` that name a service. */
export const serviceResourceSchemas = [
  blobResourceSchema,
  queueResourceSchema,
  tableResourceSchema,
  fileResourceSchema,
] as const;
