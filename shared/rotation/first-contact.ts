import { demotedNow } from './make-step.ts';
import type { RotationJournal } from './rotation-journal.ts';
import type { Facts, RotationContext, Step } from './rotation-step.ts';
import { nextDue } from './rotation-waits.ts';
import { findHeldKey, isManagedElsewhere, MANAGED_ELSEWHERE, type SecretFact } from './secret-fact.ts';

/**
 * Makes the first journal of an account that is new to the broker, or whose journal was lost. Regenerates nothing: the
 * published key (key1 if neither is published) becomes the active key, and the status of the other key is unknown.
 */
export function makeFirstContact(facts: Facts, context: RotationContext): Step {
  if (facts.secret === undefined) return { do: 'read', what: 'secret' };
  // Times come first. If a key changes in between, its creation time differs at the next tick, which notices the change.
  if (facts.times === undefined) return { do: 'read', what: 'times' };
  if (facts.keys === undefined) return { do: 'read', what: 'keys' };
  const { secret, keys } = facts;
  const published = findHeldKey(secret, keys);
  const pauseReason = reasonToPause(secret, published !== null, context.takeOver);
  const active = published ?? 'key1';
  const takenOver = context.takeOver && pauseReason === null;
  const phase = pauseReason !== null ? 'paused' : takenOver ? 'steady' : 'observed';
  const signs =
    published === null
      ? `${active} signs tokens once the broker has published it`
      : `${active} is published and signs tokens`;
  const detail = pauseReason ?? signs;
  const journal: RotationJournal = {
    account: context.account,
    phase,
    takenOver,
    active,
    hashes: keys,
    times: facts.times,
    attempt: null,
    settleUntil: null,
    ...demotedNow(null, context),
    compromised: [],
    request: null,
    returnTo: null,
    deadSecret: null,
    dueAt: takenOver ? nextDue(context.account, context.now, context.waits.every) : null,
    delegationRevokedAt: null,
    delegationOrder: null,
    notBefore: null,
    lastOutcome: { at: context.now, what: 'first contact' },
    unpublished: false,
    lastError: pauseReason,
    lastFailure: null,
    outbox: [
      {
        at: context.now,
        type: `rotation-${phase}`,
        actor: 'first contact',
        actorName: null,
        phase,
        activeKey: active,
        detail,
      },
    ],
    unrecordedDeaths: [],
  };
  return { do: 'save', journal };
}

/** Returns why the account must be left alone until an operator takes it over; null if it need not be. */
function reasonToPause(secret: SecretFact | null, known: boolean, takeOver: boolean): string | null {
  if (isManagedElsewhere(secret)) return MANAGED_ELSEWHERE;
  const holdsSomething = (secret?.hash ?? null) !== null;
  if (holdsSomething && !known && !takeOver) return 'the published secret holds neither key of the account';
  return null;
}
