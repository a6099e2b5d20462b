import { KEY_NAMES, type KeyName } from '../azure/services.ts';
import type { KeyHashes } from '../keys/key-hash.ts';
import { checkDeadSecret } from './dead-secret.ts';
import { NOT_PUBLISHED } from './error-text.ts';
import { orderedDeath } from './key-death.ts';
import { demotedNow, moveTo, save, UNCOUNTED } from './make-step.ts';
import { returnPointOf } from './mark-compromised.ts';
import type { KeyTimes, OrderedKeyDeath, RotationJournal } from './rotation-journal.ts';
import type { Facts, RotationContext, Step } from './rotation-step.ts';
import { isManagedElsewhere, isPublished, MANAGED_ELSEWHERE, type SecretFact } from './secret-fact.ts';
import { otherKey, standbyOf } from './standby.ts';

/**
 * Checks that keys and secret are still what the journal says. It reads the creation times first, which is cheap.
 * @returns what to do about a difference; null if there is none.
 */
export function checkForDrift(journal: RotationJournal, facts: Facts, context: RotationContext): Step | null {
  if (facts.times === undefined) return { do: 'read', what: 'times' };
  if (!haveSameTimes(facts.times, journal.times) || facts.keys !== undefined) {
    const difference = compareKeys(journal, facts, context);
    if (difference !== null) return difference;
    if (!haveSameTimes(facts.times, journal.times)) return save(journal, { times: facts.times }, context);
  }
  if (facts.secret === undefined) return { do: 'read', what: 'secret' };
  return checkDeadSecret(journal, facts, context) ?? checkSecret(journal, facts, facts.secret, context);
}

function haveSameTimes(a: KeyTimes, b: KeyTimes): boolean {
  return KEY_NAMES.every((name) => a[name]?.getTime() === b[name]?.getTime());
}

/**
 * Compares the keys with those of the journal. A difference is believed after two equal reads and, for the active key, a
 * probe. Something else manages this account too then, so the broker regenerates no key until an operator takes the
 * account over.
 * @returns null if there is no difference.
 */
export function compareKeys(journal: RotationJournal, facts: Facts, context: RotationContext): Step | null {
  if (facts.keys === undefined) return { do: 'read', what: 'keys' };
  const { keys, keysAgain } = facts;
  const changed = KEY_NAMES.filter((name) => keys[name] !== journal.hashes[name]);
  if (changed.length === 0) return null;
  if (keysAgain === undefined) return { do: 'read', what: 'keysAgain' };
  if (KEY_NAMES.some((name) => keys[name] !== keysAgain[name])) return { do: 'wait', until: null };
  if (changed.includes(journal.active)) {
    const opens = facts.opens?.[journal.active];
    if (opens === undefined) return { do: 'probe', key: journal.active };
    if (!opens) return { do: 'wait', until: null };
  }
  return pauseForDrift(journal, changed, facts, context);
}

function pauseForDrift(
  journal: RotationJournal,
  changed: readonly KeyName[],
  facts: Facts,
  context: RotationContext,
): Step {
  const detail = `${changed.join(' and ')} ${changed.length > 1 ? 'were' : 'was'} regenerated outside the broker`;
  const phase = returnPointOf(journal)?.phase ?? 'paused';
  const hashes = facts.keys ?? journal.hashes;
  const changes = {
    phase,
    hashes,
    ...(facts.times === undefined ? {} : { times: facts.times }),
    attempt: null,
    settleUntil: null,
    ...UNCOUNTED,
    // Whatever regenerated the standby may use it, so its status is unknown from now on.
    ...(changed.includes(standbyOf(journal)) ? demotedNow(journal, context) : {}),
    // A revocation goes on, and its events name the operator.
    request: journal.compromised.length > 0 ? journal.request : null,
    returnTo: null,
    unpublished: phase === 'paused' ? false : journal.unpublished,
    lastError: phase === 'paused' ? detail : (journal.returnTo ?? journal).lastError,
    unrecordedDeaths: [
      ...journal.unrecordedDeaths,
      ...deathsByDrift(journal, changed, hashes, detail, context),
    ],
  } as const;
  return save(journal, changes, context, { type: 'drift', detail });
}

/**
 * Returns the deaths of the former values and, for a compromised key, of the new one: the broker regenerates it too,
 * because the operator named the key.
 */
function deathsByDrift(
  { account, hashes: former, compromised, request }: RotationJournal,
  changed: readonly KeyName[],
  hashes: KeyHashes,
  reason: string,
  { now }: RotationContext,
): OrderedKeyDeath[] {
  const byStranger = { at: now, by: null, byName: null, reason };
  const order = request === null ? byStranger : { ...request, at: now };
  return [
    ...changed.map((key) => orderedDeath(account, former, key, byStranger)),
    ...changed
      .filter((key) => compromised.includes(key))
      .map((key) => orderedDeath(account, hashes, key, order)),
  ];
}

/** Checks that the secret holds the active key, because instances and other applications sign with what they read there. */
function checkSecret(
  journal: RotationJournal,
  facts: Facts,
  secret: SecretFact | null,
  context: RotationContext,
): Step | null {
  if (isPublished(secret, journal.active, journal.hashes))
    return journal.unpublished ? recordHealing(journal, context) : null;
  if (journal.phase === 'paused' && !journal.takenOver) return { do: 'wait', until: null };
  if (journal.phase === 'observed' && isManagedElsewhere(secret))
    return moveTo(journal, 'paused', { lastError: MANAGED_ELSEWHERE }, context, MANAGED_ELSEWHERE);
  // On accounts whose keys have no creation times, only the values show that they were regenerated.
  const difference = compareKeys(journal, facts, context);
  if (difference !== null) return difference;
  if (secret !== null && secret.hash === journal.hashes[standbyOf(journal)])
    return adoptStandby(journal, context);
  if (!journal.unpublished)
    return save(journal, { unpublished: true }, context, {
      type: 'drift',
      detail: `${NOT_PUBLISHED}: ${describeSecretFault(secret, journal)}`,
    });
  return publishActive(journal, facts);
}

function describeSecretFault(secret: SecretFact | null, { active, hashes }: RotationJournal): string {
  if (secret === null) return 'the secret does not exist';
  return secret.hash === hashes[active]
    ? `its CredentialId tag names ${otherKey(active)}`
    : 'it was disabled or overwritten';
}

function recordHealing(journal: RotationJournal, context: RotationContext): Step {
  const lastOutcome = { at: context.now, what: `${journal.active} was published again` };
  return save(journal, { unpublished: false, lastOutcome }, context, {
    type: 'healed',
    detail: lastOutcome.what,
  });
}

/** Makes the standby the active key after something else has published it: instances already sign with it. */
export function adoptStandby(journal: RotationJournal, context: RotationContext): Step {
  const active = standbyOf(journal);
  const phase = journal.phase === 'steady' || journal.phase === 'draining' ? 'draining' : journal.phase;
  return save(journal, { phase, active, ...demotedNow(journal, context), unpublished: false }, context, {
    type: 'drift',
    detail: `${active} was published outside the broker and now signs tokens`,
  });
}

function publishActive(journal: RotationJournal, facts: Facts): Step {
  const opens = facts.opens?.[journal.active];
  if (opens === undefined) return { do: 'probe', key: journal.active };
  if (!opens || facts.published === true) return { do: 'wait', until: null };
  return { do: 'publish', key: journal.active };
}
