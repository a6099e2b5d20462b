import { z } from 'zod';
import { ACCOUNT_NAME, ACCOUNT_NAME_RULE } from '../azure/names.ts';
import { OPTIONAL_FIELDS } from '../azure/sas-kinds.ts';
import { SAS_VERSIONS } from '../azure/sas-versions.ts';
import { DURATION } from '../iso-time.ts';
import { EXPIRATION_PERIOD } from './expiration-period.ts';
import { MAX_SECONDS, MAX_TEXT } from './limits.ts';

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
  .regex(ACCOUNT_NAME, `must be ${ACCOUNT_NAME_RULE}, which is the rule for account names`);
export const url = text.describe('An absolute URL without user, query or fragment');

const rotation = z.strictObject({
  every: duration.describe('How often the active key changes. At least twice the time that a drain may take'),
  takeOver: z
    .boolean()
    .optional()
    .describe('Rotate an account whose keys this broker did not publish. Default false: observe only'),
  maxTokenTtl: duration
    .optional()
    .describe('The longest life of a token signed with an account key. Default P1D'),
  overlap: duration
    .optional()
    .describe('How long a superseded key stays valid for other readers. Default P1D'),
  keyCache: duration.optional().describe('How long the broker may reuse a key from the vault. Default PT1M'),
  keyStaleMax: duration
    .optional()
    .describe('How much longer the broker may reuse a key while the vault fails. Default PT10M'),
  settle: duration
    .optional()
    .describe('How long to wait after a key is regenerated before its value is trusted. Default PT2M'),
  clockSkew: duration
    .optional()
    .describe('How far the clocks of instances and storage may differ. Default PT5M'),
});

/** The account's SAS expiration policy, with the same members as in Resource Manager. */
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
    .describe('What storage does with a token that exceeds the period. The broker never issues such a token'),
});

/** One storage account of broker.json. */
export const account = z.strictObject({
  name: accountName.describe('The name of the storage account'),
  resourceId: text.describe(
    'The Azure resource id: /subscriptions/…/providers/Microsoft.Storage/storageAccounts/<name>',
  ),
  hierarchical: z
    .boolean()
    .optional()
    .describe('True if the account has a hierarchical namespace. Default false'),
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
    .describe('Optional SAS fields that this endpoint does not support'),
  allowSharedKeyAccess: z
    .boolean()
    .nullable()
    .optional()
    .describe(
      'False: storage accepts nothing that an account key signed, so neither service nor account SAS. Null means true. Default true',
    ),
  sasPolicy: sasPolicy
    .nullable()
    .optional()
    .describe(
      'The account’s SAS expiration policy: every token has a start, and does not live longer than the period. Null: no policy',
    ),
  keys: z
    .strictObject({
      secretName: z
        .string()
        .regex(
          /^[A-Za-z0-9-]{1,127}$/,
          'must be 1 to 127 letters, digits and "-", which is the rule for secret names in Key Vault',
        )
        .describe('The Key Vault secret with the active account key'),
      secretFormat: z
        .enum(['key', 'connection-string'])
        .optional()
        .describe('The format of the secret. Default key'),
    })
    .optional()
    .describe('If absent, there is no account key, so only user delegation SAS is available'),
  rotation: rotation.optional().describe('If absent, this broker does not rotate the keys'),
});
