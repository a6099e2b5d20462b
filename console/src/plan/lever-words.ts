import type { RevocationPlan } from '../../../shared/revocation/revocation-plan.ts';
import { durationText } from '../time/format.ts';

export type Plan = RevocationPlan;
export type PlannedLever = Plan['levers'][number];

const many = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;
const keyName = ({ on }: PlannedLever): string => (on.key === 'both' ? 'both keys' : (on.key ?? 'the key'));

/** Returns what the lever does, as the title of its card. */
export function leverTitle(lever: PlannedLever): string {
  const { account, policy } = lever.on;
  switch (lever.lever) {
    case 'delete-policy':
      return `Delete the policy ${policy ?? ''}`;
    case 'revoke-delegation-keys':
      return `Revoke the user delegation keys of ${account}`;
    case 'regenerate-key':
      return `Regenerate ${keyName(lever)} of ${account}`;
    case 'remove-role':
      return `Remove the broker’s role on ${account}`;
  }
}

/** Returns what the lever ends and what it leaves, in one or two sentences. */
export function leverEffect(lever: PlannedLever): string {
  const { account, service = '', container = '', key } = lever.on;
  switch (lever.lever) {
    case 'delete-policy':
      return `Ends every token that depends on this policy of ${account}/${service}/${container}. Every other token stays.`;
    case 'revoke-delegation-keys':
      return `Ends every user delegation SAS of ${account}, also those that other applications signed. The account keys and their tokens stay.`;
    case 'regenerate-key':
      return key === 'both'
        ? `Ends every service and account SAS of ${account}, and the access of every application that uses a key. User delegation SAS stay.`
        : `Ends every service and account SAS that ${key ?? 'it'} signed, and the access of every application that uses it. ${key === 'key1' ? 'key2' : 'key1'} and user delegation SAS stay.`;
    case 'remove-role':
      return `Ends the broker’s user delegation SAS of ${account}, and its ability to issue more. Account keys and their tokens stay.`;
  }
}

/** Returns whose tokens the lever ends, such as `this one and 142 others`. */
export function killsText(plan: Plan, { kills }: PlannedLever): string {
  const { tokens, besides } = kills;
  const least = plan.scannedAll ? '' : 'at least ';
  if (tokens + besides === 0) return plan.scannedAll ? 'no live token' : 'none found yet';
  const others = besides === 0 ? '' : ` and ${many(besides, 'other')}`;
  if ('token' in plan.target)
    return tokens === 0
      ? `${least}${many(besides, 'other')}`
      : `${besides === 0 ? 'only ' : least}this one${others}`;
  const part = tokens < plan.tokens ? `${tokens} of ${plan.tokens}` : String(tokens);
  return `${least}${part}${besides === 0 ? (plan.tokens === 1 ? ' token' : ' tokens') : others}`;
}

/** Returns how soon the lever acts, such as `within 20 s`. */
export function withinText({ byHand, actsWithin }: PlannedLever): string {
  if (byHand) return 'by hand';
  const text = durationText(actsWithin);
  return text === '0 s' ? 'at once' : `within ${text}`;
}

/** A sentence that names what is about to be ended. The first part is to be stressed. */
export interface Warning {
  readonly lead: string;
  readonly rest: string;
}

/** Returns what a person confirms: how much dies with the lever, here and elsewhere. */
export function leverWarning(plan: Plan, lever: PlannedLever): Warning {
  const { tokens, besides, callers } = lever.kills;
  const total = tokens + besides;
  const least = plan.scannedAll ? '' : 'at least ';
  const lead = `${least}${many(total, 'live token')} of ${many(callers.length, 'caller')}`;
  const verb = total === 1 ? 'stops' : 'stop';
  const soon = withinText(lever) === 'at once' ? 'at once' : `within about ${durationText(lever.actsWithin)}`;
  return {
    lead: lead.charAt(0).toUpperCase() + lead.slice(1),
    rest: ` ${verb} working ${soon}, and so does ${elsewhere(lever)}. It can’t be undone.`,
  };
}

function elsewhere(lever: PlannedLever): string {
  switch (lever.lever) {
    case 'delete-policy':
      return `everything else that depends on the policy ${lever.on.policy ?? ''}`;
    case 'revoke-delegation-keys':
      return `every user delegation SAS that other applications signed for ${lever.on.account}`;
    case 'regenerate-key':
      return `every application elsewhere that holds ${lever.on.key === 'both' ? 'either key' : (lever.on.key ?? 'the key')}`;
    case 'remove-role':
      return 'the broker’s own access';
  }
}

/** Returns what a person types to confirm a lever. */
export function confirmWord({ lever, on }: Pick<PlannedLever, 'lever' | 'on'>): string {
  switch (lever) {
    case 'delete-policy':
      return on.policy ?? on.account;
    case 'regenerate-key':
      return `${on.account}/${on.key ?? 'both'}`;
    case 'revoke-delegation-keys':
    case 'remove-role':
      return on.account;
  }
}

/** Returns the text of the button that pulls the lever. */
export function leverButton(lever: PlannedLever): string {
  switch (lever.lever) {
    case 'delete-policy':
      return 'Delete the policy';
    case 'revoke-delegation-keys':
      return 'Revoke the keys';
    case 'regenerate-key':
      return `Regenerate ${keyName(lever)}`;
    case 'remove-role':
      return 'Remove the role';
  }
}

/** Returns what is going on once the lever was pulled. */
export function leverUnderWay(lever: PlannedLever): string {
  const { account, policy } = lever.on;
  switch (lever.lever) {
    case 'delete-policy':
      return `The policy ${policy ?? ''} is being deleted`;
    case 'regenerate-key':
      return `${capital(keyName(lever))} of ${account} ${lever.on.key === 'both' ? 'are' : 'is'} being replaced`;
    case 'revoke-delegation-keys':
    case 'remove-role':
      return `The user delegation keys of ${account} are being revoked`;
  }
}

/** Returns what the lever has done once that is proved. */
export function leverDone(lever: PlannedLever): string {
  return leverUnderWay(lever).replace('is being', 'was').replace('are being', 'were');
}

const capital = (text: string): string =>
  text.startsWith('key') ? text : text.charAt(0).toUpperCase() + text.slice(1);
