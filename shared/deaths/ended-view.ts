import { z } from 'zod';
import { SERVICES } from '../azure/services.ts';
import { BrokerError } from '../broker-error.ts';
import { formatInstant } from '../iso-time.ts';
import type { Death, Deaths } from './death.ts';

/** How many deaths a rotation state shows. */
const SHOWN = 10;

const instant = z.iso.datetime();

/** A death in a reply. */
const endedSchema = z.object({
  id: z.string().describe('Identifies it within the account; the reply to an order lists it in `deaths`'),
  what: z.enum(['key', 'delegation-keys', 'policy']),
  keyId: z.string().nullable().describe('The value of an account key that was regenerated'),
  policy: z.string().nullable().describe('The stored access policy that was deleted'),
  place: z.string().nullable().describe('The policy’s container, queue, table or share: `service/name`'),
  orderedAt: instant,
  by: z.string().nullable().describe('Null if something outside the broker did it'),
  proved: z
    .boolean()
    .nullable()
    .describe('Whether every service in `provedOn` refuses it; null if nothing is known yet'),
  provedAt: instant.nullable(),
  provedOn: z.array(z.enum(SERVICES)).describe('The services that answered'),
});

/** The newest deaths of an account in a reply. */
export const endedListSchema = z
  .array(endedSchema)
  .nullable()
  .describe(
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
