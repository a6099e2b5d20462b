import { recordedCaller } from '../audit/audit-record.ts';
import { resourcePath } from '../azure/resources.ts';
import { BrokerError, type Fault } from '../broker-error.ts';
import { type Authorization, BLOCKED, type Denial } from '../grants/authorize.ts';
import type { Coverage } from '../grants/coverage.ts';
import { largestOf } from '../grants/largest-request.ts';
import { partHints } from '../grants/narrower.ts';
import type { Caller } from '../identity/caller.ts';
import type { IssuingCall, IssuingPorts } from './issuing-ports.ts';

/** Logs the grants in `report` mode that would have allowed the request if they were in force. */
export function reportWouldAllow(
  grants: Authorization['wouldAllow'],
  caller: Caller,
  call: IssuingCall,
): void {
  for (const grant of grants)
    call.log('grant in report mode would have allowed this', { grant, subject: caller.subject });
}

/** Writes the denial's row. The caller's reply is the same if the row cannot be written. */
export async function recordDenial(
  ports: Pick<IssuingPorts, 'audit'>,
  { caller, request }: Pick<Coverage, 'caller' | 'request'>,
  missing: readonly Fault[],
  call: IssuingCall,
): Promise<void> {
  await ports.audit.appendDenial(
    {
      at: call.now,
      caller: recordedCaller(caller),
      requestId: call.requestId,
      code: 'forbidden',
      resource: resourcePath(request.resource),
      permissions: request.permissions,
      kind: request.kind,
      reason: missing.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; '),
      purpose: request.purpose,
    },
    call.deadline,
  );
}

/** Records that a blocked caller was denied, and returns what the caller is told. */
export async function refuseBlockedCaller(
  ports: Pick<IssuingPorts, 'audit'>,
  asked: Pick<Coverage, 'caller' | 'request'>,
  call: IssuingCall,
): Promise<BrokerError> {
  await recordDenial(ports, asked, [BLOCKED], call);
  return new BrokerError('forbidden', BLOCKED.message);
}

/** Returns what the caller is told: the limits of their own grants, and nothing outside those grants. */
export function refusal(denial: Denial, coverage: Coverage): BrokerError {
  const hints = partHints(coverage.request).map((hint) => ` ${hint}.`);
  if (denial.nearest === null)
    return new BrokerError(
      'forbidden',
      `None of your grants covers this resource. POST /api/tokens/explain gives details.${hints.join('')}`,
    );
  const limits = denial.missing.map(({ message }) => message).join('; ');
  const largest = largestOf(denial, coverage);
  const hint =
    largest === null
      ? ''
      : ` You can request at most: permissions ${largest.permissions}, ttl ${largest.ttl}, kind ${largest.kind}${largest.ip === undefined ? '' : `, ip ${largest.ip}`}.`;
  return new BrokerError('forbidden', `The request exceeds your grants: ${limits}.${hint}${hints.join('')}`, {
    errors: denial.missing,
  });
}
