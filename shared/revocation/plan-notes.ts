import { signsWithKeys } from '../config/broker-config.ts';
import { formatInstant } from '../iso-time.ts';
import { errorText } from '../rotation/error-text.ts';
import type { LiveToken } from './live-token.ts';
import type { PlanFacts } from './plan-facts.ts';
import { accountLevers, keysOf } from './lever.ts';
import type { AccountTarget } from './revocation-target.ts';

/** Returns what the numbers of a plan do not show, as sentences for the operator who is about to act on them. */
export function planNotes(target: AccountTarget, targeted: readonly LiveToken[], facts: PlanFacts): string[] {
  return [
    'The plan counts only tokens that this broker issued. It cannot see tokens that something else signed, or other applications that use a key; they lose access too.',
    ...managementNotes(target, facts),
    ...delegationNotes(target, facts),
    ...tokenNotes(targeted, facts),
  ];
}

function managementNotes(target: AccountTarget, { account, journal, waits }: PlanFacts): string[] {
  if (waits === null)
    return [
      'This broker does not manage the account’s keys, because broker.json has no rotation for the account. Use the command.',
    ];
  if (!signsWithKeys(account))
    return [
      'The account has allowSharedKeyAccess: false, so storage does not accept anything that an account key signed. The broker does not replace a key that it cannot test. Use the command for regenerate-key.',
    ];
  if (journal === null)
    return [
      'The broker has not observed the account yet, so it does not know which key signs tokens or how old the keys are.',
    ];
  const error = errorText(journal);
  const keys = accountLevers(target).flatMap((lever) =>
    lever.name === 'regenerate-key' ? keysOf(lever) : [],
  );
  const underWay = keys.filter((key) => journal.compromised.includes(key));
  return [
    ...(journal.takenOver
      ? []
      : [
          `The account is ${journal.phase} and the broker has not taken it over, so other applications may use either key. The lever regenerates the named keys anyway.`,
        ]),
    ...(underWay.length === 0
      ? []
      : [
          `${underWay.join(' and ')} ${underWay.length > 1 ? 'are' : 'is'} already being replaced; the account is in phase ${journal.phase}.`,
        ]),
    ...(error === null ? [] : [`The account’s rotation is held up: ${error}.`]),
  ];
}

function delegationNotes(target: AccountTarget, { journal }: PlanFacts): string[] {
  if ('key' in target) return [];
  const revokedAt = journal?.delegationRevokedAt ?? null;
  return [
    'User delegation keys can only be revoked all together, including those that other applications obtained. Storage may take some minutes to refuse their tokens.',
    ...(revokedAt === null ? [] : [`They were last revoked at ${formatInstant(revokedAt)}.`]),
  ];
}

function tokenNotes(targeted: readonly LiveToken[], { scannedAll }: PlanFacts): string[] {
  const nameless = targeted.filter(({ signedWith }) => 'key' in signedWith && signedWith.key === null).length;
  return [
    ...(nameless === 0
      ? []
      : [`The rows of ${nameless} of the tokens name no key, so either key may have signed them.`]),
    ...(scannedAll ? [] : ['The audit table was not read to its end, so there may be more tokens.']),
  ];
}
