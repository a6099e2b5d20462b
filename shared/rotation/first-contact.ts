import { misnamedIn } from './misnamed.ts';
import type { RotationJournal } from './rotation-journal.ts';
import {
  MANAGED_BY_STRANGER,
  managedByStranger,
  UNCOUNTED,
  type Facts,
  type RotationContext,
  type SecretFact,
  type Step,
} from './rotation-step.ts';
import { nextDue } from './rotation-waits.ts';
import { KEY_NAMES } from '../azure/services.ts';

/**
 * Makes the first journal of an account that is new to the broker, or whose journal was lost. Regenerates nothing: the
 * published key (key1 if neither is published) becomes the active key, and the status of the other key is unknown.
 */
export function firstContact(facts: Facts, context: RotationContext): Step {
  if (facts.secret === undefined) return { do: 'read', what: 'secret' };
  // Times come first. If a key changes in between, its creation time differs at the next tick, which notices the change.
  if (facts.times === undefined) return { do: 'read', what: 'times' };
  if (facts.keys === undefined) return { do: 'read', what: 'keys' };
  const { secret, keys } = facts;
  const published = KEY_NAMES.find((name) => secret !== null && secret.hash === keys[name]) ?? null;
  const misnamed = misnamedIn(secret, keys);
  const stranger = strangersHand(secret, published !== null, context.takeOver);
  const active = published ?? 'key1';
  const takenOver = context.takeOver && stranger === null;
  const phase = stranger !== null ? 'paused' : takenOver ? 'steady' : 'observed';
  const signs =
    published === null
      ? `${active} signs tokens once the broker has published it`
      : `${active} is published and signs tokens`;
  const detail = stranger ?? signs;
  const journal: RotationJournal = {
    account: context.account,
    phase,
    takenOver,
    active,
    hashes: keys,
    times: facts.times,
    attempt: null,
    settleUntil: null,
    demotedAt: context.now,
    ...UNCOUNTED,
    misnamed: misnamed === null ? [] : [misnamed],
    compromised: [],
    request: null,
    dueAt: takenOver ? nextDue(context.account, context.now, context.waits.every) : null,
    delegationRevokedAt: null,
    notBefore: null,
    lastOutcome: { at: context.now, what: 'first contact' },
    unpublished: false,
    lastError: stranger,
    lastFailure: null,
    outbox: [{ at: context.now, type: `rotation-${phase}`, actor: 'first contact', detail }],
  };
  return { do: 'save', journal };
}

/** Returns why the account must be left alone until an operator takes it over; null if it need not be. */
function strangersHand(secret: SecretFact | null, known: boolean, takeOver: boolean): string | null {
  if (managedByStranger(secret)) return MANAGED_BY_STRANGER;
  const holdsSomething = (secret?.hash ?? null) !== null;
  if (holdsSomething && !known && !takeOver) return 'the published secret holds neither key of the account';
  return null;
}
