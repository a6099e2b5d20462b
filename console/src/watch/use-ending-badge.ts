import type { RecordBadge } from '../tokens/record-words.ts';
import { useZone } from '../time/zone.ts';
import { endingBadge } from './proof-words.ts';
import type { Proof } from './proof.ts';

/** The badge of a token whose end was ordered here; null before that. */
export function useEndingBadge(proof: Proof | null): RecordBadge | null {
  const zone = useZone();
  if (proof === null) return null;
  return { text: endingBadge(proof, zone), color: proof.is === 'proved' ? 'informative' : 'warning' };
}
