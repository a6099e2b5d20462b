import { save } from './make-step.ts';
import type { RotationJournal } from './rotation-journal.ts';
import type { Facts, RotationContext, Step } from './rotation-step.ts';
import { findHeldKey, type SecretFact } from './secret-fact.ts';

/**
 * Journals the version of the published secret if storage refuses its key, so that instances stop signing with it. That
 * is believed after a probe and two reads of the account's keys, neither of which has the key. The mark goes away when
 * another version is published, or storage accepts the key again.
 * @returns null if nothing is to be journalled.
 */
export function checkDeadSecret(
  journal: RotationJournal,
  facts: Facts,
  context: RotationContext,
): Step | null {
  const secret = facts.secret ?? null;
  const { deadSecret } = journal;
  if (deadSecret !== null && deadSecret !== secret?.version)
    return save(journal, { deadSecret: null }, context);
  if (secret === null) return null;
  if (secret.hash === null) return null;
  if (deadSecret === null && findHeldKey(secret, journal.hashes) !== null) return null;
  if (facts.secretOpens === undefined) return { do: 'probe-secret' };
  if (facts.secretOpens) return deadSecret === null ? null : save(journal, { deadSecret: null }, context);
  return deadSecret === null ? believeDead(journal, secret, facts, context) : null;
}

function believeDead(
  journal: RotationJournal,
  secret: SecretFact,
  facts: Facts,
  context: RotationContext,
): Step | null {
  for (const what of ['keys', 'keysAgain'] as const) {
    const keys = facts[what];
    if (keys === undefined) return { do: 'read', what };
    if (findHeldKey(secret, keys) !== null) return null;
  }
  return save(journal, { deadSecret: secret.version }, context, {
    type: 'drift',
    detail: 'storage refuses the published key; the broker signs nothing with it',
  });
}
