import type { Revocation } from '../../../shared/revocation/revoke.ts';
import type { PlannedLever } from '../plan/lever-words.ts';
import { deathsOf, type Ended, type Rotation } from './deaths.ts';

/** What is known of the end of what was revoked. */
export type Proof =
  | { readonly is: 'proved'; readonly at: string; readonly on: readonly string[] }
  /** Storage still accepted it. */
  | { readonly is: 'accepted' }
  /** Refused where it was tried, but the service of this token did not answer. */
  | { readonly is: 'elsewhere'; readonly on: readonly string[] }
  /** Nothing was tried yet; `late` once `deadBy` has passed. */
  | { readonly is: 'untried'; readonly late: boolean };

/** What is watched: the lever, the reply to its order, and the newest state of the account. */
export interface Watched {
  readonly lever: Pick<PlannedLever, 'lever'>;
  readonly reply: Pick<Revocation, 'deadBy' | 'proved' | 'provedOn' | 'deaths'>;
  /** When the reply came, by the broker's clock. */
  readonly repliedAt: string;
  readonly rotation: Rotation;
  /** The services of the one token that is to end; empty if the target is more than one token. */
  readonly services: readonly string[];
}

/** Returns what is proved. @param now the broker's time in milliseconds. */
export function proofOf({ lever, reply, repliedAt, rotation, services }: Watched, now: number): Proof {
  const deaths = deathsOf(reply, rotation.ended);
  const isComplete = deaths.length > 0 && deaths.length === reply.deaths.length;
  const read = isComplete ? recordedProof(deaths) : null;
  const proof = read ?? replyProof(reply, repliedAt);
  if (proof === null) return { is: 'untried', late: now > Date.parse(reply.deadBy) };
  if (proof.is !== 'proved' || lever.lever === 'delete-policy') return proof;
  const isAnswered = services.every((service) => proof.on.includes(service));
  return isAnswered ? proof : { is: 'elsewhere', on: proof.on };
}

/** Null if the entries say less than the reply may. */
function recordedProof(deaths: readonly Ended[]): Proof | null {
  if (deaths.some(({ proved }) => proved === false)) return { is: 'accepted' };
  if (!deaths.every(({ proved }) => proved === true)) return null;
  const at =
    deaths
      .map(({ provedAt, orderedAt }) => provedAt ?? orderedAt)
      .sort()
      .at(-1) ?? '';
  const [first, ...others] = deaths;
  const on = (first?.provedOn ?? []).filter((service) =>
    others.every(({ provedOn }) => provedOn.includes(service)),
  );
  return { is: 'proved', at, on };
}

function replyProof({ proved, provedOn }: Watched['reply'], at: string): Proof | null {
  if (proved === null) return null;
  return proved ? { is: 'proved', at, on: provedOn } : { is: 'accepted' };
}
