import * as z from 'zod/mini';
import { ACCOUNT_NAME, ACCOUNT_NAME_RULE } from '../azure/names.ts';
import { OPTIONAL_FIELDS } from '../azure/sas-kinds.ts';
import { SAS_VERSIONS } from '../azure/sas-versions.ts';
import { DURATION } from '../iso-time.ts';
import { EXPIRATION_PERIOD } from './expiration-period.ts';
import { MAX_SECONDS, MAX_TEXT } from './limits.ts';
import { described } from '../input/described.ts';

export const text = z.string().check(z.minLength(1), z.maxLength(MAX_TEXT));
export const id = z
  .string()
  .check(
    z.regex(
      /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
      'must be 1 to 64 letters, digits, "-", "_" or ".", beginning with a letter or digit',
    ),
  );
export const duration = z.union([
  z.string().check(z.regex(DURATION, 'must be an ISO 8601 duration such as "PT15M", or whole seconds')),
  z.int().check(z.minimum(0), z.maximum(MAX_SECONDS)),
]);
export const accountName = z
  .string()
  .check(z.regex(ACCOUNT_NAME, `must be ${ACCOUNT_NAME_RULE}, which is the rule for account names`));
export const url = described(text, 'An absolute URL without user, query or fragment');

const rotation = z.strictObject({
  every: described(
    duration,
    'How often the active key changes. At least twice the time that a drain may take',
  ),
  takeOver: described(
    z.optional(z.boolean()),
    'Rotate an account whose keys this broker did not publish. Default false: observe only',
  ),
  maxTokenTtl: described(
    z.optional(duration),
    'The longest life of a token signed with an account key. Default P1D',
  ),
  overlap: described(
    z.optional(duration),
    'How long a superseded key stays valid for other readers. Default P1D',
  ),
  keyCache: described(
    z.optional(duration),
    'How long the broker may reuse a key from the vault. Default PT1M',
  ),
  keyStaleMax: described(
    z.optional(duration),
    'How much longer the broker may reuse a key while the vault fails. Default PT10M',
  ),
  settle: described(
    z.optional(duration),
    'How long to wait after a key is regenerated before its value is trusted. Default PT2M',
  ),
  clockSkew: described(
    z.optional(duration),
    'How far the clocks of instances and storage may differ. Default PT5M',
  ),
});

/** The account's SAS expiration policy, with the same members as in Resource Manager. */
const sasPolicy = z.strictObject({
  sasExpirationPeriod: described(
    z.union([
      z
        .string()
        .check(
          z.regex(
            new RegExp(`${EXPIRATION_PERIOD.source}|${DURATION.source}`),
            'must be DD.HH:MM:SS such as "1.12:00:00", an ISO 8601 duration such as "P1DT12H", or whole seconds',
          ),
        ),
      z.int().check(z.minimum(0), z.maximum(MAX_SECONDS)),
    ]),
    'The longest time from a token’s start to its expiry: DD.HH:MM:SS, or a duration',
  ),
  expirationAction: described(
    z.optional(z.enum(['Log', 'Block'])),
    'What storage does with a token that exceeds the period. The broker never issues such a token',
  ),
});

/** One storage account of broker.json. */
export const account = z.strictObject({
  name: described(accountName, 'The name of the storage account'),
  resourceId: described(
    text,
    'The Azure resource id: /subscriptions/…/providers/Microsoft.Storage/storageAccounts/<name>',
  ),
  hierarchical: described(
    z.optional(z.boolean()),
    'True if the account has a hierarchical namespace. Default false',
  ),
  endpoints: described(
    z.optional(
      z.strictObject({
        blob: z.optional(url),
        queue: z.optional(url),
        table: z.optional(url),
        file: z.optional(url),
      }),
    ),
    'Endpoints that differ from those derived from name and cloud',
  ),
  sasVersion: described(z.enum(SAS_VERSIONS), "The pinned version ('sv') of every token for this account"),
  unsupportedFields: described(
    z.optional(z.array(z.enum(OPTIONAL_FIELDS)).check(z.maxLength(OPTIONAL_FIELDS.length))),
    'Optional SAS fields that this endpoint does not support',
  ),
  allowSharedKeyAccess: described(
    z.optional(z.nullable(z.boolean())),
    'False: storage accepts nothing that an account key signed, so neither service nor account SAS. Null means true. Default true',
  ),
  sasPolicy: described(
    z.optional(z.nullable(sasPolicy)),
    'The account’s SAS expiration policy: every token has a start, and does not live longer than the period. Null: no policy',
  ),
  keys: described(
    z.optional(
      z.strictObject({
        secretName: described(
          z
            .string()
            .check(
              z.regex(
                /^[A-Za-z0-9-]{1,127}$/,
                'must be 1 to 127 letters, digits and "-", which is the rule for secret names in Key Vault',
              ),
            ),
          'The Key Vault secret with the active account key',
        ),
        secretFormat: described(
          z.optional(z.enum(['key', 'connection-string'])),
          'The format of the secret. Default key',
        ),
      }),
    ),
    'If absent, there is no account key, so only user delegation SAS is available',
  ),
  rotation: described(z.optional(rotation), 'If absent, this broker does not rotate the keys'),
});
