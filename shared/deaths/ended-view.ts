import * as z from 'zod/mini';
import { SERVICES } from '../azure/services.ts';
import { BrokerError } from '../broker-error.ts';
import { described } from '../input/described.ts';
import { formatInstant } from '../iso-time.ts';
import type { Death, Deaths } from './death.ts';

/** How many deaths a rotation state shows. */
const SHOWN = 10;

const instant = z.iso.datetime();

/** A death in a reply. */
const endedSchema = z.object({
  id: described(z.string(), 'Identifies it within the account; the reply to an order lists it in `deaths`'),
  what: z.enum(['key', 'delegation-keys', 'policy']),
  keyId: described(z.nullable(z.string()), 'The value of an account key that was regenerated'),
  policy: described(z.nullable(z.string()), 'The stored access policy that was deleted'),
  place: described(z.nullable(z.string()), 'The policy’s container, queue, table or share: `service/name`'),
  orderedAt: instant,
  by: described(z.nullable(z.string()), 'Null if something outside the broker did it'),
  proved: described(
    z.nullable(z.boolean()),
    'Whether every service in `provedOn` refuses it; null if nothing is known yet',
  ),
  provedAt: z.nullable(instant),
  provedOn: described(z.array(z.enum(SERVICES)), 'The services that answered'),
});

/** The newest deaths of an account in a reply. */
export const endedListSchema = described(
  z.nullable(z.array(endedSchema)),
  'What was ended before tokens expired: the newest ten, newest first. Null if it could not be read',
);

/** Reads the deaths of an account for display only; null if they cannot be read by the deadline. */
export async function readEnded(
  deaths: Pick<Deaths, 'list'>,
  account: string,
  deadline: Date,
): Promise<readonly Death[] | null> {
  try {
    return await deaths.list(account, deadline);
  } catch (error) {
    if (error instanceof BrokerError) return null;
    throw error;
  }
}

/** Returns the newest ten deaths, newest first. @param deaths those of one account, oldest first. */
export function endedView(deaths: readonly Death[] | null): z.infer<typeof endedListSchema> {
  return deaths?.slice(-SHOWN).reverse().map(viewOf) ?? null;
}

function viewOf({ id, dead, order, proof }: Death): z.infer<typeof endedSchema> {
  return {
    id,
    what: dead.what,
    keyId: dead.what === 'key' ? dead.keyId : null,
    policy: dead.what === 'policy' ? dead.policy : null,
    place: dead.what === 'policy' ? `${dead.service}/${dead.place}` : null,
    orderedAt: formatInstant(order.at),
    by: order.by,
    proved: proof?.refused ?? null,
    provedAt: proof && formatInstant(proof.at),
    provedOn: proof === null ? [] : [...proof.on],
  };
}
