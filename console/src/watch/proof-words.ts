import { clockText, type Zone, zoneText } from '../time/format.ts';
import type { Proof } from './proof.ts';

/** Returns the badge of something that was ordered to end. It says "dead" only once that is proved. */
export function endingBadge(proof: Proof, zone: Zone): string {
  if (proof.is !== 'proved') return 'ending · not proved dead yet';
  return `dead, proved ${clockText(new Date(proof.at), zone, { seconds: true })} ${zoneText(zone)}`;
}

/** Returns what the proof lacks, as a sentence; null if there is nothing to add. */
export function proofText(proof: Proof): string | null {
  switch (proof.is) {
    case 'proved':
      return null;
    case 'accepted':
      return 'Storage still took it. Look again in a minute.';
    case 'elsewhere':
      return `Refused on ${proof.on.join(', ')}. The service of this token gave no answer, so it isn’t proved there.`;
    case 'untried':
      return proof.late
        ? 'Not tried: the broker no longer has anything to try it with, or storage gave no answer. It counts as unproved until it expires.'
        : null;
  }
}
