import { signsWithKeys } from '../config/broker-config.ts';
import { formatInstant } from '../iso-time.ts';
import { errorText } from '../rotation/error-text.ts';
import type { AccountFacts } from './account-facts.ts';
import { keysOf, type LeverName } from './lever.ts';
import type { PlanFacts, PlannedLever } from './plan-facts.ts';
import { isAccountTarget, type RevocationTarget } from './revocation-target.ts';
import { MAX_COUNTED_CALLERS } from './token-tally.ts';

/** Returns what the numbers of a plan do not show, as sentences for the operator who is about to act on them. */
export function planNotes(target: RevocationTarget, facts: PlanFacts): string[] {
  return [
    'The plan counts only tokens that this broker issued. It cannot see tokens that something else signed, or other applications that use a key; they lose access too.',
    ...accountsOf(facts).flatMap((account) => accountNotes(account, facts.levers)),
    ...leverNotes(target, facts),
    ...tokenNotes(facts),
  ];
}

/** The accounts that a lever acts on; the only account if there is just one. */
function accountsOf({ accounts, levers }: PlanFacts): AccountFacts[] {
  const acted = new Set(levers.map(({ lever }) => lever.on.account));
  return [...accounts.values()].filter(({ account }) => accounts.size === 1 || acted.has(account.name));
}

function accountNotes(facts: AccountFacts, levers: readonly PlannedLever[]): string[] {
  const { account, journal, waits } = facts;
  if (waits === null)
    return [
      `This broker does not manage the keys of ${account.name}, because broker.json has no rotation for the account. Use the commands.`,
    ];
  if (!signsWithKeys(account))
    return [
      `The account ${account.name} has allowSharedKeyAccess: false, so storage does not accept anything that an account key signed. The broker does not replace a key that it cannot test. Use the command for regenerate-key.`,
    ];
  if (journal === null)
    return [
      `The broker has not observed ${account.name} yet, so it does not know which key signs tokens or how old the keys are.`,
    ];
  return journalNotes(account.name, journal, levers);
}

function journalNotes(
  name: string,
  journal: NonNullable<AccountFacts['journal']>,
  levers: readonly PlannedLever[],
): string[] {
  const error = errorText(journal);
  const named = levers.flatMap(({ lever }) =>
    lever.name === 'regenerate-key' && lever.on.account === name ? keysOf(lever) : [],
  );
  const underWay = [...new Set(named)].filter((key) => journal.compromised.includes(key));
  return [
    ...(journal.takenOver || named.length === 0
      ? []
      : [
          `The account ${name} is ${journal.phase} and the broker has not taken it over, so other applications may use either key. The lever regenerates the named keys anyway.`,
        ]),
    ...(underWay.length === 0
      ? []
      : [
          `${underWay.join(' and ')} of ${name} ${underWay.length > 1 ? 'are' : 'is'} already being replaced; the account is in phase ${journal.phase}.`,
        ]),
    ...(error === null ? [] : [`The rotation of ${name} is held up: ${error}.`]),
  ];
}

function leverNotes(target: RevocationTarget, { levers, hasMoreLevers, fold }: PlanFacts): string[] {
  const of = (name: LeverName) => levers.filter(({ lever }) => lever.name === name);
  const unread = levers.filter(({ isKnown }) => !isKnown);
  return [
    ...(of('revoke-delegation-keys').length === 0
      ? []
      : [
          'User delegation keys can only be revoked all together, including those that other applications obtained. Storage may take some minutes to refuse their tokens.',
        ]),
    ...of('revoke-delegation-keys').flatMap(({ facts: { account, journal } }) => {
      const revokedAt = journal?.delegationRevokedAt ?? null;
      return revokedAt === null
        ? []
        : [`Those of ${account.name} were last revoked at ${formatInstant(revokedAt)}.`];
    }),
    ...(of('remove-role').length === 0
      ? []
      : [
          'remove-role takes every role away that the identity has on the account itself, so the broker can no longer obtain user delegation keys there. A role that is inherited from the resource group or subscription remains.',
        ]),
    ...(unread.length === 0
      ? []
      : [
          `${unread.length} stored policies could not be read, so an act with this plan is turned down. Read a new plan to delete one.`,
        ]),
    ...(hasMoreLevers || fold.hasMorePolicies
      ? [
          'There are more stored policies than the plan lists. Plan the revocation of one container or caller.',
        ]
      : []),
    ...(levers.length === 0 && !isAccountTarget(target)
      ? ['No live token of this broker belongs to the target.']
      : []),
  ];
}

function tokenNotes({ fold, scannedAll }: PlanFacts): string[] {
  const { unnamed, unproved, targeted } = fold;
  return [
    ...(unnamed === 0
      ? []
      : [
          `The rows of ${unnamed} of the tokens name neither present key, so either key may have signed them.`,
        ]),
    ...(unproved === 0
      ? []
      : [
          `Something that ${unproved} of the tokens depend on was revoked before, but it is not proved that storage refuses them.`,
        ]),
    ...(targeted.hasMoreCallers
      ? [`More than ${MAX_COUNTED_CALLERS} callers hold these tokens; the list shows some of them.`]
      : []),
    ...(scannedAll ? [] : ['The audit table was not read to its end, so there may be more tokens.']),
  ];
}
