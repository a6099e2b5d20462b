import { signsWithKeys } from '../config/broker-config.ts';
import { formatInstant } from '../iso-time.ts';
import type { LiveToken } from './live-token-list.ts';
import type { RevocationTarget } from './revocation-target.ts';
import { keysOf } from './revocation-target.ts';
import type { PlanFacts } from './plan-facts.ts';
import { errorText } from '../rotation/error-text.ts';

/** What a plan's numbers cannot say, for the operator who is about to act on them. */
export function planNotes(
  target: RevocationTarget,
  targeted: readonly LiveToken[],
  facts: PlanFacts,
): string[] {
  return [
    'Only tokens that this broker issued are counted: tokens that others signed, and applications elsewhere that hold a key, are unknown here and die too.',
    ...managementNotes(target, facts),
    ...delegationNotes(target, facts),
    ...tokenNotes(targeted, facts),
  ];
}

function managementNotes(target: RevocationTarget, { account, journal, waits }: PlanFacts): string[] {
  if (waits === null)
    return [
      'This broker does not manage the account’s keys (broker.json has no rotation for it): use the command.',
    ];
  if (!signsWithKeys(account))
    return [
      'allowSharedKeyAccess is false: storage takes nothing that an account key signed, and the broker replaces no key that it cannot try: for regenerate-key use the command.',
    ];
  if (journal === null)
    return ['The account was never looked at: which key signs, and how old both are, is not known yet.'];
  const error = errorText(journal);
  const underWay = keysOf(target).filter((key) => journal.compromised.includes(key));
  return [
    ...(journal.takenOver
      ? []
      : [
          `The account is ${journal.phase}, not taken over: applications elsewhere may use either key. To act regenerates the keys that are named all the same.`,
        ]),
    ...(underWay.length === 0
      ? []
      : [
          `${underWay.join(' and ')} ${underWay.length > 1 ? 'are' : 'is'} being replaced already; the account is ${journal.phase}.`,
        ]),
    ...(error === null ? [] : [`The account is held up: ${error}.`]),
  ];
}

function delegationNotes(target: RevocationTarget, { journal }: PlanFacts): string[] {
  if (target.key !== undefined) return [];
  const revokedAt = journal?.delegationRevokedAt ?? null;
  return [
    'User delegation keys can only be revoked all at once, those of applications elsewhere included; storage may take some minutes to refuse their tokens.',
    ...(revokedAt === null ? [] : [`They were revoked last at ${formatInstant(revokedAt)}.`]),
  ];
}

function tokenNotes(targeted: readonly LiveToken[], { scannedAll }: PlanFacts): string[] {
  const nameless = targeted.filter(({ signedWith }) => 'key' in signedWith && signedWith.key === null).length;
  return [
    ...(nameless === 0
      ? []
      : [`${nameless} of the tokens name no key in their row: either key may have signed them.`]),
    ...(scannedAll ? [] : ['The audit table was not read to its end: there may be more tokens than these.']),
  ];
}
