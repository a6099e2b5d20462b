import { z } from 'zod';
import { signedWithSchema } from '../../audit/audit-view.ts';
import { SERVICES } from '../../azure/services.ts';
import { auditRecordSchema } from '../../deaths/audit-record-view.ts';
import { instantSchema } from '../../input/instant-schema.ts';

const MAX_CHARACTERS = 16_384;
const FINGERPRINT = /^(?:[0-9a-fA-F]{64}|\s?[Ss]as[Ss]ignature\([0-9a-fA-F]{64}\)\s?)$/;

const pasted = z.string().min(1).max(MAX_CHARACTERS).optional();

/** The body of `POST /tokens/lookup`. */
export const lookupSchema = z
  .strictObject({
    token: pasted.describe('A SAS, with or without its leading "?". Text around it is left out'),
    url: pasted.describe(
      'A URL with a SAS. Text around it is left out. If its signature is redacted, also send fingerprint',
    ),
    fingerprint: z
      .string()
      .regex(FINGERPRINT, 'must be 64 hexadecimal digits')
      .optional()
      .describe(
        'The SHA-256 of the URL-decoded signature: the hash that a storage log shows in SasSignature(…)',
      ),
    logLine: pasted.describe('A line of a storage log, or a bare SasSignature(…)'),
    around: instantSchema
      .optional()
      .describe('When the token was seen in use; shortens the search if its expiry is not known'),
    expiresAt: instantSchema
      .optional()
      .describe('With fingerprint: when the token expires. Only that hour is searched'),
  })
  .refine(({ token, url, fingerprint, logLine }) => {
    const given = [token, url, fingerprint, logLine].filter((member) => member !== undefined);
    return given.length === 1 || (given.length === 2 && url !== undefined && fingerprint !== undefined);
  }, 'must have exactly one of token, url, fingerprint and logLine, or a redacted url together with fingerprint')
  .refine(
    ({ around, expiresAt }) => around === undefined || expiresAt === undefined,
    'must have at most one of around and expiresAt',
  )
  .refine(
    ({ fingerprint, expiresAt }) => expiresAt === undefined || fingerprint !== undefined,
    'must have expiresAt only together with fingerprint',
  );

const instant = z.iso.datetime();

/** The key of a token that has no row: less is known of it than of a recorded one. */
const foundKeySchema = z.object({
  key: z.enum(['key1', 'key2']).nullable(),
  secretVersion: z.string().nullable().describe('Null if the key is not the published one'),
  keyId: z.string(),
});
const claimedKeySchema = z.object({
  delegationKey: z.object({
    objectId: z.string(),
    startsAt: instant.nullable(),
    expiresAt: instant.nullable(),
  }),
});

/** The levers that can end one token. */
const KILLING_LEVERS = ['delete-policy', 'revoke-delegation-keys', 'regenerate-key', 'remove-role'] as const;

const leverSchema = z.object({
  lever: z.enum(KILLING_LEVERS),
  on: z.object({
    account: z.string(),
    key: z.enum(['key1', 'key2', 'both']).optional(),
    service: z.enum(SERVICES).optional(),
    container: z.string().optional().describe('The container, queue, table or share'),
    policy: z.string().optional(),
  }),
});
/** A lever that ends the token, and what it acts on. */
export type KillingLever = z.infer<typeof leverSchema>;

/** What is known of the key behind a token. */
export type FoundKey = z.infer<typeof foundKeySchema> | z.infer<typeof claimedKeySchema>;

/** What a lookup says of a token. */
export type Verdict = z.infer<typeof lookupReplySchema>['verdict'];

/** The reply of `POST /tokens/lookup`. */
export const lookupReplySchema = z.object({
  records: z.array(auditRecordSchema).describe('One per issuance of exactly this token'),
  verdict: z
    .enum(['issued', 'valid-not-issued-here', 'unknown'])
    .describe(
      'issued: it has a row. valid-not-issued-here: it has none, but a key of the account signed it. unknown: undetermined',
    ),
  signedWith: z
    .union([signedWithSchema, foundKeySchema, claimedKeySchema])
    .nullable()
    .describe('Of a user delegation SAS without a row: what the token itself says'),
  scannedAll: z.boolean().describe('False if rows or keys were left that may give another answer'),
  candidates: z
    .array(auditRecordSchema)
    .describe(
      'For a log line without a hash: at most 20 tokens with the path, permissions and expiry that the line shows',
    ),
  levers: z.array(leverSchema).describe('What ends the token if it is still usable, narrowest first'),
  notes: z.array(z.string()).describe('What was damaged in the text and how it was read'),
});
