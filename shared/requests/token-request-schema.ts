import * as z from 'zod/mini';
import { ipFault } from '../azure/ip-range.ts';
import { MAX_PERMISSIONS, parseLetters } from '../azure/requested-letters.ts';
import { AGENT_KINDS, SAS_KINDS } from '../azure/sas-kinds.ts';
import { hasAsciiControl } from '../input/control-characters.ts';
import { freeText } from '../input/free-text.ts';
import { instantSchema } from '../input/instant-schema.ts';
import { looksSecret, SECRET_RULE } from '../input/secret-text-rule.ts';
import { durationSeconds } from '../iso-time.ts';
import { asciiDisposition } from './content-disposition.ts';
import { accountResourceSchema, serviceResourceSchemas } from './resource-schemas.ts';
import { described } from '../input/described.ts';

const ttl = z.union([z.string(), z.number()]).check((context) => {
  const seconds = durationSeconds(context.value);
  if (seconds === null || seconds < 1)
    context.issues.push({
      code: 'custom',
      input: context.value,
      message:
        'must be an ISO 8601 duration such as PT15M, or a JSON number of whole seconds; at least one second, and not past the year 9998',
    });
});

const permissions = described(
  z.union([
    z.string().check(z.maxLength(MAX_PERMISSIONS)),
    z.array(z.string()).check(z.maxLength(MAX_PERMISSIONS)),
  ]),
  "Azure's letters in any order, or their names",
).check((context) => {
  if (context.value.length > MAX_PERMISSIONS) return;
  const letters = parseLetters(context.value);
  if (!letters.ok)
    context.issues.push({ code: 'custom', input: context.value, message: letters.fault.message });
});

const ip = z.string().check((context) => {
  const fault = context.value === 'caller' ? null : ipFault(context.value, '"caller"');
  if (fault !== null) context.issues.push({ code: 'custom', input: context.value, message: fault });
});

const MAX_HEADER = 1024;

/** @param hint returns what to do about characters beyond ASCII, beginning with "; ", or ''. */
function headerSchema(hint: (text: string) => string) {
  return z.exactOptional(
    z.string().check(
      z.maxLength(MAX_HEADER, 'must be at most 1,024 characters'),
      z.refine((text) => !hasAsciiControl(text), 'must not contain control characters, such as CR and LF'), // Storage's SDKs sign text that is only white space, and then leave it out of the token.
      z.refine((text) => text.trim() !== '', 'must not be empty or only white space; leave it out instead'),
      ({ value, issues }) => {
        // The hint takes longer than all other checks of a text, and text that is too long has another fault.
        if (value.length > MAX_HEADER || hasAsciiControl(value) || !/[^ -~]/.test(value)) return;
        issues.push({ code: 'custom', input: value, message: `must be printable ASCII${hint(value)}` });
      },
    ),
  );
}

function dispositionHint(text: string): string {
  const ascii = asciiDisposition(text);
  if (ascii === null) return "; encode a file name as in attachment; filename*=UTF-8''%C3%A9.txt (RFC 8187)";
  return ascii.length > MAX_HEADER
    ? '; use a shorter file name, encoded as RFC 8187 says'
    : `; use ${ascii} (RFC 8187)`;
}

const headerText = headerSchema(() => '');

/** The shapes of `resource`. read-resource.ts validates a resource with the one shape that applies. */
const resource = z.union([z.discriminatedUnion('service', serviceResourceSchemas), accountResourceSchema]);

/** `rscc rscd rsce rscl rsct`. */
const responseHeaders = described(
  z.strictObject({
    cacheControl: headerText,
    contentDisposition: headerSchema(dispositionHint),
    contentEncoding: headerText,
    contentLanguage: headerText,
    contentType: headerText,
  }),
  'Headers that storage returns in place of the blob’s own headers, in printable ASCII',
);

/** The shape of the body of `POST /tokens` and `POST /tokens/explain`. parse-token-request.ts checks the rest. */
export const tokenRequestSchema = z.strictObject({
  url: z.optional(z.string().check(z.maxLength(8192, 'must be at most 8,192 characters'))),
  resource: z.optional(resource),
  permissions: described(z.optional(permissions), 'Required, unless a stored access policy defines them'),
  ttl: z.optional(ttl),
  expiresAt: z.optional(instantSchema),
  startsAt: z.optional(instantSchema),
  kind: z.optional(z.enum(['auto', ...SAS_KINDS], 'must be auto, user-delegation, service or account')),
  ip: z.optional(ip),
  protocol: z.optional(z.enum(['https', 'https,http'], 'must be https or https,http')),
  responseHeaders: z.optional(responseHeaders),
  encryptionScope: z.optional(
    z
      .string()
      .check(
        z.regex(
          /^[A-Za-z0-9](?:[A-Za-z0-9-]{1,61})[A-Za-z0-9]$/,
          'must be 3 to 63 letters, digits and hyphens, beginning and ending with a letter or digit',
        ),
      ),
  ),
  policy: z.optional(
    z.string().check(
      z.refine(
        (text) => text !== '' && text.length <= 64 && !hasAsciiControl(text) && text.isWellFormed(),
        'must be the id of a stored access policy: 1 to 64 characters',
      ),
      z.refine((text) => !looksSecret(text), SECRET_RULE),
    ),
  ),
  revocable: described(
    z.optional(z.boolean()),
    'Bind the token to a stored access policy that the broker manages',
  ),
  bindTo: z.optional(z.literal('caller', 'must be "caller"')),
  agent: described(
    z.optional(z.enum(AGENT_KINDS)),
    'Name the caller as the user who acts (hierarchical accounts). authorized: storage trusts the broker (saoid); unauthorized: storage also checks the caller’s own access (suoid)',
  ),
  clamp: z.optional(z.boolean()),
  purpose: described(z.optional(freeText(256)), 'Recorded in the audit row'),
});

export type TokenRequestMembers = Partial<z.infer<typeof tokenRequestSchema>>;
