import { actorOf, type AuditLog, type SignedWith, type StoredAuditRecord } from '../audit/audit-record.ts';
import type { CandidateRows } from '../audit/candidate-rows.ts';
import type { ScanGate } from '../audit/scan-gate.ts';
import { BrokerError } from '../broker-error.ts';
import { addSeconds } from '../iso-time.ts';
import { parseSasTime } from '../sas/sas-times.ts';
import { describeDelegated } from './lookup/delegated-token.ts';
import { describeAuthorization } from './lookup/describe-authorization.ts';
import { type Candidates, findCandidates } from './lookup/find-candidates.ts';
import { findSigner, type SignerPorts } from './lookup/find-signer.ts';
import { leversOfKey } from './lookup/killing-levers.ts';
import type { FoundKey, KillingLever, Verdict } from './lookup/lookup-body.ts';
import type { LookupQuestion } from './lookup/parse-lookup.ts';
import { type LookupCall, recordForeignToken } from './lookup/record-foreign-token.ts';
import { readsManyHours, searchHours } from './lookup/search-hours.ts';

/** Everything that a lookup needs from outside the core. */
export interface LookupPorts extends SignerPorts {
  readonly audit: AuditLog;
  readonly candidates: CandidateRows;
  /** Limits the searches that read many hours. */
  readonly scans: ScanGate;
}

export interface LookupAnswer {
  readonly records: readonly StoredAuditRecord[];
  readonly verdict: Verdict;
  /** Of a token without a row: the key that signed it, or the delegation key that it names. */
  readonly signedWith: SignedWith | FoundKey | null;
  /** False if rows or keys were left that may give another answer. */
  readonly scannedAll: boolean;
  readonly candidates: readonly StoredAuditRecord[];
  /** What ends a token that has no row. */
  readonly levers: readonly KillingLever[];
  readonly notes: readonly string[];
}

/** The share of a call's time that the search may take. The rest is for keys, states and the reply. */
const SEARCH_SHARE = 0.8;

/**
 * Finds the caller that a token was issued to, by its row. Without a row, finds which key signed it, and records a token
 * that a key of ours signed elsewhere.
 * @throws BrokerError `not_found` if every row was read, the token has none, and no key signed it; `rate_limited` if many
 * hours must be read and too many scans are under way; `audit_unavailable`; `signing_key_unavailable`.
 */
export async function lookUpToken(
  ports: LookupPorts,
  question: LookupQuestion,
  call: LookupCall,
): Promise<LookupAnswer> {
  const { fields } = question.sas;
  const notes = [...question.notes, ...timeNotes(question)];
  const searchSeconds = ((call.deadline.getTime() - call.now.getTime()) / 1000) * SEARCH_SHARE;
  const deadlines = { search: addSeconds(call.now, searchSeconds), call: call.deadline };
  const search = <Found>(read: () => Promise<Found>): Promise<Found> =>
    readsManyHours(question) ? ports.scans.run(actorOf(call.caller), read) : read();
  const { fingerprint } = question;
  if (fingerprint === null) {
    const found = await search(() =>
      findCandidates({ ...ports, accounts: ports.config.accounts.values() }, question, deadlines),
    );
    return answerByContent(question, found, notes);
  }
  const found = await search(() => findRows(ports.audit, question, fingerprint, deadlines.search));
  const [first] = found.records;
  const answer = { ...found, candidates: [], levers: [], notes };
  if (first !== undefined) return { ...answer, verdict: 'issued', signedWith: first.signedWith };
  if (question.query !== null && fields.has('skoid'))
    return { ...answer, verdict: 'unknown', ...describeDelegated(ports, question.sas) };
  const unknown = { ...answer, verdict: 'unknown' as const, signedWith: null, scannedAll: false };
  if (!found.scannedAll) return unknown;
  const signer = await findSigner(ports, question, call);
  if (signer.verdict !== 'signed') {
    if (signer.verdict === 'undetermined') return unknown;
    throw new BrokerError('not_found', notFoundDetail(question));
  }
  await recordForeignToken(ports, question, signer, call);
  const levers = leversOfKey(signer.account.name, signer.key.key);
  return { ...answer, verdict: 'valid-not-issued-here', signedWith: signer.key, levers };
}

async function findRows(
  audit: AuditLog,
  question: LookupQuestion,
  fingerprint: string,
  deadline: Date,
): Promise<{ readonly records: readonly StoredAuditRecord[]; readonly scannedAll: boolean }> {
  let found: Awaited<ReturnType<AuditLog['findByFingerprint']>> = { records: [], scannedAll: true };
  for (const hours of searchHours(question)) {
    found = await audit.findByFingerprint(fingerprint, hours, deadline);
    if (found.records.length > 0 || !found.scannedAll) break;
  }
  return found;
}

function answerByContent(
  question: LookupQuestion,
  found: Candidates | null,
  notes: readonly string[],
): LookupAnswer {
  if (found === null || (found.records.length === 0 && found.scannedAll))
    throw new BrokerError('not_found', noCandidateDetail(question, found !== null));
  const { records: candidates, scannedAll } = found;
  return { records: [], verdict: 'unknown', signedWith: null, scannedAll, candidates, levers: [], notes };
}

function timeNotes({ sas: { fields } }: LookupQuestion): string[] {
  return ['st', 'se', 'skt', 'ske']
    .filter((name) => fields.has(name) && parseSasTime(fields.get(name) ?? '') === null)
    .map((name) => `The time in ${name} cannot be read; the search went on without it.`);
}

function noCandidateDetail({ authorization }: LookupQuestion, showsToken: boolean): string {
  if (showsToken)
    return 'The log line has no hash of a signature, and no token that was issued fits its URL.';
  return `The log line has neither the hash of a signature nor a URL with a SAS of an account of this broker.${describeAuthorization(authorization)}`;
}

function notFoundDetail({ query, sas }: LookupQuestion): string {
  if (query === null) return 'This broker issued no token with this fingerprint.';
  if (sas.urls.length === 0)
    return 'This broker did not issue this token, and no key that was tried signed it as an account SAS. Send its whole url to check it as a service SAS.';
  return 'This broker did not issue this token, and no key that was tried signed it. In accounts without rotation only the published key is tried.';
}
