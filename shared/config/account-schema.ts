import { z } from 'zod';
import { EXPIRATION_PERIOD } from './expiration-period.ts';
import { MAX_SECONDS, MAX_TEXT } from './limits.ts';
import { SAS_VERSIONS } from '../azure/sas-versions.ts';
import { OPTIONAL_FIELDS } from '../azure/sas-kinds.ts';

const DURATION = /^P(?!$)(?:\d{1,6}W|(?:\d{1,6}D)?(?:T(?!$)(?:\d{1,6}H)?(?:\d{1,8}M)?(?:\d{1,9}S)?)?)$/;
export const text = z.string().min(1).max(MAX_TEXT);
export const id = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'must be 1 to 64 letters, digits, "-", "_" or ".", beginning with a letter or digit',
  );
export const duration = z.union([
  z.string().regex(DURATION, 'must be an ISO 8601 duration such as "PT15M", or whole seconds'),
  z.int().min(0).max(MAX_SECONDS),
]);
export const accountName = z
  .string()
  .regex(/^[a-z0-9]{3,24}$/, 'must be 3 to 24 lower-case letters and digits, as Azure names accounts');
export const url = text.describe('Absolute URL without user, query or fragment');

const rotation = z.strictObject({
  every: duration.describe('How often the active key changes; at least twice what a drain may take'),
  takeOver: z
    .boolean()
    .optional()
    .describe('Rotate an account whose keys this broker did not publish. Default false: observe only'),
  maxTokenTtl: duration
    .optional()
    .describe('Longest life of a token signed with an account key. Default P1D'),
  overlap: duration
    .optional()
    .describe('How long a superseded key stays alive for other readers. Default P1D'),
  keyCache: duration.optional().describe('How long a key read from the vault may be reused. Default PT1M'),
  keyStaleMax: duration.optional().describe('How much longer while the vault fails. Default PT10M'),
  settle: duration
    .optional()
    .describe('Wait between regenerating a key and believing its value. Default PT2M'),
  clockSkew: duration.optional().describe("How far instances' and storage's clocks may differ. Default PT5M"),
});

/** The account's SAS expiration policy, member for member as Resource Manager has it. */
const sasPolicy = z.strictObject({
  sasExpirationPeriod: z
    .union([
      z
        .string()
        .regex(
          new RegExp(`${EXPIRATION_PERIOD.source}|${DURATION.source}`),
          'must be DD.HH:MM:SS such as "1.12:00:00", an ISO 8601 duration such as "P1DT12H", or whole seconds',
        ),
      z.int().min(0).max(MAX_SECONDS),
    ])
    .describe('The longest time from a token’s start to its expiry: DD.HH:MM:SS, or a duration'),
  expirationAction: z
    .enum(['Log', 'Block'])
    .optional()
    .describe('What storage does with a token beyond it; the broker issues none either way'),
});

/** One storage account of broker.json. */
export const account = z.strictObject({
  name: accountName.describe('The storage account'),
  resourceId: text.describe(
    'Azure resource id: /subscriptions/…/providers/Microsoft.Storage/storageAccounts/<name>',
  ),
  hierarchical: z
    .boolean()
    .optional()
    .describe('Whether the account has a hierarchical namespace. Default false'),
  endpoints: z
    .strictObject({
      blob: url.optional(),
      queue: url.optional(),
      table: url.optional(),
      file: url.optional(),
    })
    .optional()
    .describe('Endpoints that differ from those derived from name and cloud'),
  sasVersion: z.enum(SAS_VERSIONS).describe("The pinned version ('sv') of every token for this account"),
  unsupportedFields: z
    .array(z.enum(OPTIONAL_FIELDS))
    .max(OPTIONAL_FIELDS.length)
    .optional()
    .describe('Optional SAS fields that this endpoint does not take'),
  allowSharedKeyAccess: z
    .boolean()
    .nullable()
    .optional()
    .describe(
      'False: storage takes nothing that an account key signed, so no service or account SAS. Default true, as is null',
    ),
  sasPolicy: sasPolicy
    .nullable()
    .optional()
    .describe(
      'The account’s SAS expiration policy: every token has a start, and lives no longer. Null: none',
    ),
  keys: z
    .strictObject({
      secretName: z
        .string()
        .regex(
          /^[A-Za-z0-9-]{1,127}$/,
          'must be 1 to 127 letters, digits and "-", as Key Vault names secrets',
        )
        .describe('Key Vault secret that holds the active account key'),
      secretFormat: z
        .enum(['key', 'connection-string'])
        .optional()
        .describe('What the secret holds. Default key'),
    })
    .optional()
    .describe('Absent: no account key, so user delegation SAS only'),
  rotation: rotation.optional().describe('Absent: this broker does not rotate the keys'),
});
