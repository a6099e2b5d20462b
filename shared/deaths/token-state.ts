import type { Service } from '../azure/services.ts';
import { addSeconds } from '../iso-time.ts';
import type { Death } from './death.ts';

export const TOKEN_STATES = ['live', 'unproved', 'revoked', 'expired'] as const;
/**
 * live: usable. unproved: something that it depends on was ended, but no proof is known that storage refuses it. revoked:
 * with proof. expired: past its expiry by every clock.
 */
export type TokenState = (typeof TOKEN_STATES)[number];

/** What ends tokens before they expire; the lever that an operator pulls. */
export const ENDING_LEVERS = ['delete-policy', 'revoke-delegation-keys', 'regenerate-key'] as const;
export type EndingLever = (typeof ENDING_LEVERS)[number];

/** What ended a token: the order, not its proof. */
export interface TokenEnd {
  readonly lever: EndingLever;
  readonly at: Date;
  /** Null if something outside the broker did it. */
  readonly by: string | null;
}

/** What must be known of a token to tell how it ends. */
export interface MortalToken {
  readonly issuedAt: Date;
  readonly expiresAt: Date;
  /** One for a service or user delegation SAS, any number for an account SAS. */
  readonly services: readonly Service[];
  /** The container, queue, table or share; null for an account SAS. */
  readonly place: string | null;
  /** The stored access policy that the token depends on. */
  readonly policy: string | null;
  /** `keyId` is null in rows that do not name the key's value. */
  readonly signedWith: { readonly keyId: string | null } | { readonly delegationKeyStartsAt: Date };
}

/** Whether a token ends with something, as far as its row can tell. */
type Dependence = 'none' | 'possible' | 'certain';

/**
 * Returns a token's state. `live` and `unproved` last until `clockSkew` seconds after the token's expiry, because storage
 * judges by its own clock; `revoked` stays.
 * @param deaths those of the token's account.
 */
export function tokenState(
  token: MortalToken,
  deaths: readonly Death[],
  { now, clockSkew }: { readonly now: Date; readonly clockSkew: number },
): { readonly state: TokenState; readonly endedBy: TokenEnd | null } {
  const ends = deaths
    .map((death) => ({ death, dependence: dependenceOn(death, token, clockSkew) }))
    .filter(({ dependence }) => dependence !== 'none')
    .map(({ death, dependence }) => ({
      death,
      isProved: dependence === 'certain' && isProvedFor(death, token),
    }));
  const proved = ends.find(({ isProved }) => isProved);
  if (proved !== undefined) return { state: 'revoked', endedBy: endOf(proved.death) };
  if (now >= addSeconds(token.expiresAt, clockSkew)) return { state: 'expired', endedBy: null };
  const [first] = ends;
  return first === undefined
    ? { state: 'live', endedBy: null }
    : { state: 'unproved', endedBy: endOf(first.death) };
}

function dependenceOn({ dead, order }: Death, token: MortalToken, clockSkew: number): Dependence {
  const { signedWith, issuedAt } = token;
  switch (dead.what) {
    case 'key':
      if (!('keyId' in signedWith)) return 'none';
      if (signedWith.keyId === null) return 'possible';
      return signedWith.keyId === dead.keyId ? 'certain' : 'none';
    case 'delegation-keys': {
      if (!('delegationKeyStartsAt' in signedWith)) return 'none';
      if (signedWith.delegationKeyStartsAt >= dead.before) return 'none';
      // An instance may have obtained a new key, back-dated, after the old ones were dead. Until the order is settled, they
      // may have died at any time since it was given.
      const died = dead.settled ? dead.before : order.at;
      return issuedAt < addSeconds(died, -clockSkew) ? 'certain' : 'possible';
    }
    case 'policy':
      if (!isBasedOn(token, dead) || issuedAt > addSeconds(order.at, clockSkew)) return 'none';
      return issuedAt < addSeconds(order.at, -clockSkew) ? 'certain' : 'possible';
  }
}

/** Compares places without regard to case, as tables and shares do; containers and queues are lower-case anyway. */
function isBasedOn(
  { policy, place, services }: MortalToken,
  dead: Extract<Death['dead'], { what: 'policy' }>,
): boolean {
  return (
    policy === dead.policy &&
    services.includes(dead.service) &&
    place?.toLowerCase() === dead.place.toLowerCase()
  );
}

/** A proof holds for the services that answered. */
function isProvedFor({ proof }: Death, { services }: MortalToken): boolean {
  return proof?.refused === true && services.every((service) => proof.on.includes(service));
}

function endOf({ dead, order }: Death): TokenEnd {
  return { lever: LEVER_OF[dead.what], at: order.at, by: order.by };
}

const LEVER_OF = {
  key: 'regenerate-key',
  'delegation-keys': 'revoke-delegation-keys',
  policy: 'delete-policy',
} as const satisfies Record<Death['dead']['what'], EndingLever>;
