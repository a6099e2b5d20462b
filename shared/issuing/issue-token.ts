import { type AuditRecord, recordedCaller } from '../audit/audit-record.ts';
import { newRowKeys } from '../audit/row-keys.ts';
import { BrokerError } from '../broker-error.ts';
import { authorize } from '../grants/authorize.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { Caller } from '../identity/caller.ts';
import { isOfService } from '../azure/resources.ts';
import { hourOf } from '../iso-time.ts';
import type { TokenRequest } from '../requests/token-request.ts';
import { sign, type SignedToken } from '../sas/sign-token.ts';
import { loadSigner } from '../sas/signers.ts';
import { confirmToken, type TokenBasis } from './confirm-token.ts';
import { type IssuedToken, issuedTokenView } from './issued-token.ts';
import type { IssuingCall, IssuingPorts } from './issuing-ports.ts';
import { startLaps } from './lap-times.ts';
import { obtainKey } from './obtain-key.ts';
import { readCoverage } from './read-coverage.ts';
import { recordDenial, refusal, refuseBlockedCaller, reportWouldAllow } from './refuse-token.ts';
import { choosePolicy, readRequestedPolicy } from './token-policy.ts';

/** A signed token and its row. No part of it may leave before the row is durable. */
export interface Draft extends TokenBasis {
  readonly signed: SignedToken;
  readonly record: AuditRecord;
  /** How long each stage up to here took, in milliseconds. */
  readonly stages: { readonly authorizeMs: number; readonly keyMs: number; readonly signMs: number };
}

/**
 * Issues one token: authorize → obtain key → sign → record → confirm → reply.
 * @throws BrokerError `forbidden` (recorded), `invalid_request`, `signing_key_unavailable`, `storage_unavailable` or
 * `audit_unavailable`. In each case no token leaves.
 */
export async function issueToken(
  ports: IssuingPorts,
  caller: Caller,
  request: TokenRequest,
  call: IssuingCall,
): Promise<IssuedToken> {
  const draft = await draftToken(ports, caller, request, call);
  return deliver(ports, caller, draft, ports.audit.append(draft.record, call.deadline), call);
}

/** Does everything up to the row. @throws as `issueToken`, except `audit_unavailable`. */
export async function draftToken(
  ports: IssuingPorts,
  caller: Caller,
  request: TokenRequest,
  call: IssuingCall,
): Promise<Draft> {
  const lap = startLaps(ports.monotonicMs);
  const { token, policy } = await authorizeRequest(ports, caller, request, call);
  const authorizeMs = lap();
  const [key] = await Promise.all([obtainKey(ports, token, call.now), loadSigner(token)]);
  const keyMs = lap();
  const signed = sign(token, key, ports.correlationId(ports.shard, hourOf(token.expiresAt)));
  const record = recordOf(ports, caller, token, signed, call);
  return { request, token, key, policy, signed, record, stages: { authorizeMs, keyMs, signMs: lap() } };
}

/**
 * Returns the reply once the draft's row is `recorded`, which began just now and resolves to how many rows its write had.
 * Logs the one line of an issuance.
 * @throws BrokerError `audit_unavailable`, or as `confirmToken`; then no token leaves.
 */
export async function deliver(
  ports: IssuingPorts,
  caller: Caller,
  draft: Draft,
  recorded: Promise<number>,
  call: IssuingCall,
): Promise<IssuedToken> {
  const lap = startLaps(ports.monotonicMs);
  const rowsTogether = await recorded;
  const recordMs = lap();
  const usableAfter = await confirmToken(ports, caller, draft, call);
  const confirmMs = lap();
  const issued = issuedTokenView(draft.token, draft.signed, draft.record, usableAfter);
  const { account, resource } = draft.token;
  call.log('token issued', {
    id: issued.id,
    grant: issued.grant,
    kind: issued.kind,
    account: account.name,
    service: isOfService(resource) ? resource.service : null,
    issuer: caller.issuer,
    subject: caller.subject,
    ...draft.stages,
    recordMs,
    confirmMs,
    rowsTogether,
  });
  return issued;
}

async function authorizeRequest(
  ports: IssuingPorts,
  caller: Caller,
  request: TokenRequest,
  call: IssuingCall,
): Promise<Pick<Draft, 'token' | 'policy'>> {
  const coverage = await readCoverage(ports, caller, request, call.now);
  const policy = await readRequestedPolicy(ports.policies, coverage, call.deadline);
  const { decision, wouldAllow } = authorize(coverage, policy);
  reportWouldAllow(wouldAllow, caller, call);
  switch (decision.outcome) {
    case 'allowed':
      return choosePolicy(ports.policies, decision.token, request, policy, call.deadline);
    case 'invalid':
      throw new BrokerError('invalid_request', 'The account does not support this request; see errors.', {
        errors: decision.faults,
      });
    case 'blocked':
      throw await refuseBlockedCaller(ports, coverage, call);
    case 'denied':
      await recordDenial(ports, coverage, decision.denial.missing, call);
      throw refusal(decision.denial, coverage);
  }
}

function recordOf(
  ports: IssuingPorts,
  caller: Caller,
  token: AuthorizedToken,
  signed: SignedToken,
  call: IssuingCall,
): AuditRecord {
  const { shard } = ports;
  return {
    key: newRowKeys({
      shard,
      expiresAt: token.expiresAt,
      fingerprint: signed.fingerprint,
      suffix: ports.suffix(),
    }),
    issuedAt: call.now,
    startsAt: token.startsAt,
    expiresAt: token.expiresAt,
    kind: token.kind,
    resource: token.resource,
    permissions: token.permissions,
    ip: token.ip,
    protocol: token.protocol,
    policy: token.policy,
    agent: token.agent,
    boundTo: token.delegatedUser?.objectId ?? null,
    grant: token.grant,
    caller: recordedCaller(caller),
    signedWith: signed.signedWith,
    correlationId: signed.correlationId,
    purpose: token.purpose,
    requestId: call.requestId,
  };
}
