import { z } from 'zod';
import type { AuditLog, SignedWith, StoredAuditRecord } from '../audit/audit-record.ts';
import { fingerprintOf } from '../audit/row-keys.ts';
import { BrokerError } from '../broker-error.ts';
import { type BrokerConfig, signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import { auditRecordSchema } from '../deaths/audit-record-view.ts';
import { instantSchema } from '../input/instant-schema.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { parseBody } from '../input/parse-body.ts';
import { addSeconds, earlierOf, hourOf, LATEST_INSTANT, parseInstant } from '../iso-time.ts';
import type { AccountKeys } from '../keys/signing-keys.ts';
import { locateUrl } from '../requests/locate-url.ts';
import { parseSasQuery, type SasFields } from '../sas/sas-query.ts';
import { verifies } from '../sas/sas-verification.ts';

/** No token of the broker lives longer, so this bounds the hours in which a token seen `around` a time can expire. */
const LONGEST_LIFE_SECONDS = 366 * 86_400;

const secretText = z.string().min(1).max(16_384).optional();

/** The body of `POST /tokens/lookup`. */
export const lookupSchema = z
  .strictObject({
    token: secretText.describe('A SAS, with or without its leading "?"'),
    url: secretText.describe('A URL with a SAS'),
    fingerprint: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits')
      .optional(),
    around: instantSchema
      .optional()
      .describe('When the token was seen in use; shortens the search for a fingerprint'),
  })
  .refine(
    ({ token, url, fingerprint }) =>
      [token, url, fingerprint].filter((given) => given !== undefined).length === 1,
    'must have exactly one of token, url and fingerprint',
  );

export const lookupReplySchema = z.object({
  records: z.array(auditRecordSchema),
  verdict: z.enum(['issued', 'valid-not-issued-here', 'unknown']),
  signedWith: z.record(z.string(), z.unknown()).nullable(),
  scannedAll: z.boolean(),
});

/** What to look for. `url` has no query. `query` and `url` are null if only a fingerprint is known. */
export interface LookupQuestion {
  readonly fingerprint: string;
  readonly query: string | null;
  readonly url: string | null;
  readonly around: Date | null;
}

export interface LookupAnswer {
  readonly records: readonly StoredAuditRecord[];
  readonly verdict: 'issued' | 'valid-not-issued-here' | 'unknown';
  readonly signedWith: SignedWith | null;
  /** False if the deadline ended the search early. */
  readonly scannedAll: boolean;
}

interface LookupPorts {
  readonly config: Pick<BrokerConfig, 'accounts'>;
  readonly audit: AuditLog;
  readonly accountKeys: AccountKeys;
}

/** Reads the body. @throws BrokerError `invalid_request` with every fault. */
export function parseLookup(json: unknown): LookupQuestion {
  const { token, url, fingerprint, around } = parseBody(lookupSchema, json, 'lookup');
  const seen = around === undefined ? null : parseInstant(around);
  if (fingerprint !== undefined)
    return { fingerprint: fingerprint.toLowerCase(), query: null, url: null, around: seen };
  const path = url === undefined ? 'token' : 'url';
  const [place, query] = url === undefined ? [null, token ?? ''] : splitUrl(url.trim());
  const signature = parseSasQuery(query).get('sig') ?? '';
  if (signature === '') throw invalidRequest('lookup', [{ path, message: 'has no sig, so it is not a SAS' }]);
  return { fingerprint: fingerprintOf(signature), query, url: place, around: seen };
}

/**
 * Finds the caller that a token was issued to, by its row. Without a row, finds whether a published key signed it.
 * @throws BrokerError `not_found` if the token has no row and no published key signed it; `audit_unavailable`.
 */
export async function lookUpToken(
  ports: LookupPorts,
  question: LookupQuestion,
  call: { readonly now: Date; readonly deadline: Date },
): Promise<LookupAnswer> {
  const fields = question.query === null ? null : parseSasQuery(question.query);
  const hours = hoursToSearch(question, fields);
  const found = await ports.audit.findByFingerprint(question.fingerprint, hours, call.deadline);
  const [first] = found.records;
  if (first !== undefined) return { ...found, verdict: 'issued', signedWith: first.signedWith };
  if (fields?.has('skoid') === true) return { ...found, verdict: 'unknown', signedWith: null };
  const signedWith = await signerOf(ports, question, call.now);
  if (signedWith !== null) return { ...found, verdict: 'valid-not-issued-here', signedWith };
  throw new BrokerError('not_found', notFoundDetail(question, found.scannedAll));
}

/** Returns the hours of expiry to search: the token's own, or those after `around`; null: all. */
function hoursToSearch(
  question: LookupQuestion,
  fields: SasFields | null,
): { from: string; to: string } | null {
  const expiry = parseInstant(fields?.get('se') ?? '');
  if (expiry !== null) return { from: hourOf(expiry), to: hourOf(expiry) };
  if (question.around === null) return null;
  const latest = earlierOf(addSeconds(question.around, LONGEST_LIFE_SECONDS), LATEST_INSTANT);
  return { from: hourOf(question.around), to: hourOf(latest) };
}

async function signerOf(ports: LookupPorts, question: LookupQuestion, now: Date): Promise<SignedWith | null> {
  if (question.query === null) return null;
  for (const account of accountsOf(ports, question.url)) {
    const key = await ports.accountKeys.current(account, now);
    if (verifies(question.url, question.query, account, key.value) === true)
      return { key: key.name, secretVersion: key.secretVersion, keyId: key.keyId };
  }
  return null;
}

function accountsOf(ports: LookupPorts, url: string | null): StorageAccount[] {
  const accounts = [...ports.config.accounts.values()].filter(signsWithKeys);
  if (url === null) return accounts;
  const located = locateUrl(url, accounts);
  return located.ok ? accounts.filter(({ name }) => name === located.value.account) : [];
}

function splitUrl(url: string): [string, string] {
  const [place = '', ...query] = url.split('?');
  return [place, query.join('?').split('#')[0] ?? ''];
}

function notFoundDetail(question: LookupQuestion, scannedAll: boolean): string {
  if (!scannedAll) return 'The search ran out of time before it read all rows. Add "around", or try again.';
  if (question.query === null) return 'This broker issued no token with this fingerprint.';
  if (question.url === null)
    return 'This broker did not issue this token, and no published key signed it as an account SAS. Send its whole url to check it as a service SAS.';
  return 'This broker did not issue this token, and no published key signed it. The other key of each account was not tried.';
}
