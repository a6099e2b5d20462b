import type { AuditRecord } from '../audit/audit-record.ts';
import { resourcePath } from '../azure/resources.ts';
import { BrokerError } from '../broker-error.ts';
import type { Authorization, Denial } from '../grants/authorize.ts';
import { largestOf } from '../grants/largest-request.ts';
import { partHints } from '../grants/narrower.ts';
import type { Caller } from '../identity/caller.ts';
import type { IssuingCall, IssuingPorts } from './issuing-ports.ts';
import type { TokenRequest } from '../requests/token-request.ts';

/** Tells the log of grants that only report: what they would have done if they were in force. */
export function reportWouldAllow(
  grants: Authorization['wouldAllow'],
  caller: Caller,
  call: IssuingCall,
): void {
  for (const grant of grants)
    call.log('grant in report mode would have allowed this', { grant, subject: caller.subject });
}

/** Writes the denial's row; one that cannot be written changes nothing for the caller. */
export async function recordDenial(
  ports: IssuingPorts,
  caller: Caller,
  request: TokenRequest,
  denial: Denial,
  call: IssuingCall,
): Promise<void> {
  await ports.audit.appendDenial(
    {
      at: call.now,
      caller: callerOf(caller),
      requestId: call.requestId,
      code: 'forbidden',
      resource: resourcePath(request.resource),
      permissions: request.permissions,
      kind: request.kind,
      reason: denial.missing.map(({ path, message }) => `${path}: ${message}`).join('; '),
      purpose: request.purpose,
    },
    call.deadline,
  );
}

/** What the caller is told: their own grant's limits, and nothing of what lies outside their grants. */
export function refusal(
  denial: Denial,
  caller: Caller,
  request: TokenRequest,
  ports: Pick<IssuingPorts, 'config'>,
): BrokerError {
  const hints = partHints(request).map((hint) => ` ${hint}.`);
  if (denial.nearest === null)
    return new BrokerError(
      'forbidden',
      `None of your grants covers this resource; POST /api/tokens/explain tells more.${hints.join('')}`,
    );
  const limits = denial.missing.map(({ message }) => message).join('; ');
  const largest = largestOf(denial, caller, request, ports.config);
  const hint =
    largest === null
      ? ''
      : ` At most: permissions ${largest.permissions}, ttl ${largest.ttl}, kind ${largest.kind}${largest.ip === undefined ? '' : `, ip ${largest.ip}`}.`;
  return new BrokerError(
    'forbidden',
    `The request goes beyond what you are granted: ${limits}.${hint}${hints.join('')}`,
    {
      errors: denial.missing,
    },
  );
}

/** As a row names the caller. */
export function callerOf({ issuer, subject, name, ip }: Caller): AuditRecord['caller'] {
  return { issuer, subject, name, ip };
}
