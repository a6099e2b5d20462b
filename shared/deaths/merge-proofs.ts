import { laterOf } from '../iso-time.ts';
import type { DeathProof } from './death.ts';

/**
 * Returns what is known after a further proof. Once services have refused, that stays, because a front end of storage may
 * answer from an old state; further services are added.
 */
export function mergeProofs(known: DeathProof | null, next: DeathProof): DeathProof {
  if (known?.refused !== true) return next;
  if (!next.refused) return known;
  return {
    at: laterOf(known.at, next.at),
    refused: true,
    on: [...new Set([...known.on, ...next.on])],
  };
}
