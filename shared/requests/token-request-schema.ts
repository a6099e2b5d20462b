import { z } from 'zod';
import { freeText } from '../input/free-text.ts';
import { durationSeconds, parseInstant } from '../iso-time.ts';
import { lettersOf } from '../azure/permissions.ts';
import { ipFault } from '../azure/ip-range.ts';
import { AGENT_KINDS, SAS_KINDS } from '../azure/sas-kinds.ts';
import { accountResourceSchema, serviceResourceSchemas } from './resource-schemas.ts';

// eslint-disable-next-line no-control-regex -- control characters are exactly what is refused
const CONTROL = /[\u0000-\u001f\u007f]/;

const instant = z
  .string()
  .refine(
    (text) => parseInstant(text) !== null,
    'must be an ISO 8601 time with an offset, such as 2026-11-22T15:15:00Z',
  );

const ttl = z.union([z.string(), z.number()]).check((context) => {
  const seconds = durationSeconds(context.value);
  if (seconds === null || seconds < 1)
    context.issues.push({
      code: 'custom',
      input: context.value,
      message: 'must be a duration of at least a second: ISO 8601 such as PT15M, or whole seconds',
    });
});

const permissions = z
  .union([z.string(), z.array(z.string()).max(32)])
  .describe("Azure's letters in any order, or their names")
  .check((context) => {
    const letters = lettersOf(context.value);
    if (typeof letters === 'string')
      context.issues.push({ code: 'custom', input: context.value, message: letters });
  });

const ip = z.string().check((context) => {
  const fault = context.value === 'caller' ? null : ipFault(context.value);
  if (fault !== null) context.issues.push({ code: 'custom', input: context.value, message: fault });
});

const headerText = z
  .string()
  .max(1024, 'must be at most 1,024 characters')
  .refine((text) => !CONTROL.test(text), 'must have no control characters (CR and LF among them)')
  // Storage's SDKs sign text that is only white space and then leave it out of the token.
  .refine((text) => text.trim() !== '', 'must not be empty or only white space; leave it out instead')
  .refine((text) => text.isWellFormed(), 'must be well-formed Unicode')
  .exactOptional();

/** What `resource` may be: parse-token-request.ts holds it against the one shape that it means to be. */
const resource = z.union([z.discriminatedUnion('service', serviceResourceSchemas), accountResourceSchema]);

/** `rscc rscd rsce rscl rsct`. */
const responseHeaders = z
  .strictObject({
    cacheControl: headerText,
    contentDisposition: headerText,
    contentEncoding: headerText,
    contentLanguage: headerText,
    contentType: headerText,
  })
  .describe('What storage sends back in place of the blob’s own headers');

/** The body of `POST /tokens` and `POST /tokens/explain`: shape only, see parse-token-request.ts for the rest. */
export const tokenRequestSchema = z.strictObject({
  url: z.string().max(8192, 'must be at most 8,192 characters').optional(),
  resource: resource.optional(),
  permissions: permissions.optional().describe('Required, unless a stored access policy holds them'),
  ttl: ttl.optional(),
  expiresAt: instant.optional(),
  startsAt: instant.optional(),
  kind: z.enum(['auto', ...SAS_KINDS], 'must be auto, user-delegation, service or account').optional(),
  ip: ip.optional(),
  protocol: z.enum(['https', 'https,http'], 'must be https or https,http').optional(),
  responseHeaders: responseHeaders.optional(),
  encryptionScope: z
    .string()
    .regex(
      /^[A-Za-z0-9](?:[A-Za-z0-9-]{1,61})[A-Za-z0-9]$/,
      'must be 3 to 63 letters, digits and inner hyphens',
    )
    .optional(),
  policy: z
    .string()
    .refine(
      (text) => text !== '' && text.length <= 64 && !CONTROL.test(text) && text.isWellFormed(),
      'must be the id of a stored access policy: 1 to 64 characters',
    )
    .optional(),
  revocable: z.boolean().optional().describe('Bind to a stored access policy that the broker manages'),
  bindTo: z.literal('caller', 'must be "caller"').optional(),
  agent: z
    .enum(AGENT_KINDS)
    .optional()
    .describe(
      'Name the caller as who acts (hierarchical accounts). authorized: storage takes the broker’s word (saoid); unauthorized: it also checks the caller’s own access (suoid)',
    ),
  clamp: z.boolean().optional(),
  purpose: freeText(256).optional().describe('For the audit row'),
});

export type TokenRequestMembers = Partial<z.infer<typeof tokenRequestSchema>>;
