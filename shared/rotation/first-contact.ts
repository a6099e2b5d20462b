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
 * An account without a journal: new to the broker, or its journal was lost. Nothing is regenerated for it: the key
 * that is published is adopted (key1 where none is), and the other one's status is unknown from now on.
 */
export function firstContact(facts: Facts, context: RotationContext): Step {
  if (facts.secret === undefined) return { do: 'read', what: 'secret' };
  // Times first: a key that changes in between is then newer than its time, which the next look notices.
  if (facts.times === undefined) return { do: 'read', what: 'times' };
  if (facts.keys === undefined) return { do: 'read', what: 'keys' };
  const { secret, keys } = facts;
  const published = KEY_NAMES.find((name) => secret !== null && secret.hash === keys[name]) ?? null;
  const misnamed = misnamedIn(secret, keys);
  const stranger = strangersHand(secret, published !== null, context.takeOver);
  const active = published ?? 'key1';
  const takenOver = context.takeOver && stranger === null;
  const phase = stranger !== null ? 'paused' : takenOver ? 'steady' : 'observed';
  const detail = stranger ?? `${active} is ${published === null ? 'to be published' : 'published'} and signs`;
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

/** Why the account must not be touched before an operator says so, or null. */
function strangersHand(secret: SecretFact | null, known: boolean, takeOver: boolean): string | null {
  if (managedByStranger(secret)) return MANAGED_BY_STRANGER;
  const holdsSomething = (secret?.hash ?? null) !== null;
  if (holdsSomething && !known && !takeOver) return 'the published secret holds neither key of the account';
  return null;
}
