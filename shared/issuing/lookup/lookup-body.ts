import * as z from 'zod/mini';
import { signedWithSchema } from '../../audit/audit-view.ts';
import { SERVICES } from '../../azure/services.ts';
import { auditRecordSchema } from '../../deaths/audit-record-view.ts';
import { instantSchema } from '../../input/instant-schema.ts';
import { described } from '../../input/described.ts';

const MAX_CHARACTERS = 16_384;
const FINGERPRINT = /^(?:[0-9a-fA-F]{64}|\s?[Ss]as[Ss]ignature\([0-9a-fA-F]{64}\)\s?)$/;

const pasted = z.optional(z.string().check(z.minLength(1), z.maxLength(MAX_CHARACTERS)));

/** The body of `POST /tokens/lookup`. */
export const lookupSchema = z
  .strictObject({
    token: described(pasted, 'A SAS, with or without its leading "?". Text around it is left out'),
    url: described(
      pasted,
      'A URL with a SAS. Text around it is left out. If its signature is redacted, also send fingerprint',
    ),
    fingerprint: described(
      z.optional(z.string().check(z.regex(FINGERPRINT, 'must be 64 hexadecimal digits'))),
      'The SHA-256 of the URL-decoded signature: the hash that a storage log shows in SasSignature(…)',
    ),
    logLine: described(pasted, 'A line of a storage log, or a bare SasSignature(…)'),
    around: described(
      z.optional(instantSchema),
      'When the token was seen in use; shortens the search if its expiry is not known',
    ),
    expiresAt: described(
      z.optional(instantSchema),
      'With fingerprint: when the token expires. Only that hour is searched',
    ),
  })
  .check(
    z.refine(({ token, url, fingerprint, logLine }) => {
      const given = [token, url, fingerprint, logLine].filter((member) => member !== undefined);
      return given.length === 1 || (given.length === 2 && url !== undefined && fingerprint !== undefined);
    }, 'must have exactly one of token, url, fingerprint and logLine, or a redacted url together with fingerprint'),
    z.refine(
      ({ around, expiresAt }) => around === undefined || expiresAt === undefined,
      'must have at most one of around and expiresAt',
    ),
    z.refine(
      ({ fingerprint, expiresAt }) => expiresAt === undefined || fingerprint !== undefined,
      'must have expiresAt only together with fingerprint',
    ),
  );

const instant = z.iso.datetime();

/** The key of a token that has no row: less is known of it than of a recorded one. */
const foundKeySchema = z.object({
  key: z.nullable(z.enum(['key1', 'key2'])),
  secretVersion: described(z.nullable(z.string()), 'Null if the key is not the published one'),
  keyId: z.string(),
});
const claimedKeySchema = z.object({
  delegationKey: z.object({
    objectId: z.string(),
    startsAt: z.nullable(instant),
    expiresAt: z.nullable(instant),
  }),
});

/** The levers that can end one token. */
const KILLING_LEVERS = ['delete-policy', 'revoke-delegation-keys', 'regenerate-key', 'remove-role'] as const;

const leverSchema = z.object({
  lever: z.enum(KILLING_LEVERS),
  on: z.object({
    account: z.string(),
    key: z.optional(z.enum(['key1', 'key2', 'both'])),
    service: z.optional(z.enum(SERVICES)),
    container: described(z.optional(z.string()), 'The container, queue, table or share'),
    policy: z.optional(z.string()),
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
  records: described(z.array(auditRecordSchema), 'One per issuance of exactly this token'),
  verdict: described(
    z.enum(['issued', 'valid-not-issued-here', 'unknown']),
    'issued: it has a row. valid-not-issued-here: it has none, but a key of the account signed it. unknown: undetermined',
  ),
  signedWith: described(
    z.nullable(z.union([signedWithSchema, foundKeySchema, claimedKeySchema])),
    'Of a user delegation SAS without a row: what the token itself says',
  ),
  scannedAll: described(z.boolean(), 'False if rows or keys were left that may give another answer'),
  candidates: described(
    z.array(auditRecordSchema),
    'For a log line without a hash: at most 20 tokens with the path, permissions and expiry that the line shows',
  ),
  levers: described(z.array(leverSchema), 'What ends the token if it is still usable, narrowest first'),
  notes: described(z.array(z.string()), 'What was damaged in the text and how it was read'),
});
