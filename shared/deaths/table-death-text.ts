import * as z from 'zod/mini';
import { SERVICES } from '../azure/services.ts';
import { parseJson } from '../input/json-text.ts';
import { invalid, ok, type Rejection, type Result } from '../result.ts';
import type { Death, DeathProof, OrderedDeath } from './death.ts';

/** A death and whether its order was taken back. */
export interface DeathRow {
  readonly death: Death;
  readonly withdrawn: boolean;
}

const instant = z.iso.datetime({ precision: 3 });
const service = z.enum(SERVICES);

/** Strict, because the next save would lose a member that this version does not know. */
const storedDeath = z.strictObject({
  id: z.string(),
  account: z.string(),
  dead: z.discriminatedUnion('what', [
    z.strictObject({ what: z.literal('key'), keyId: z.string() }),
    z.strictObject({ what: z.literal('delegation-keys'), before: instant, settled: z.optional(z.boolean()) }),
    z.strictObject({ what: z.literal('policy'), service, place: z.string(), policy: z.string() }),
  ]),
  order: z.strictObject({
    at: instant,
    by: z.nullable(z.string()),
    byName: z.nullable(z.string()),
    reason: z.string(),
  }),
});

const storedProof = z.strictObject({ at: instant, refused: z.boolean(), on: z.array(service) });

/** Returns the columns of a death's row: the order as JSON, and apart from it the proof and a withdrawal. */
export function deathText({ death: { proof, ...ordered }, withdrawn }: DeathRow): Record<string, string> {
  return {
    death: JSON.stringify(ordered),
    ...(proof === null ? {} : { proof: JSON.stringify(proof) }),
    ...(withdrawn ? { withdrawn: 'yes' } : {}),
  };
}

/** Parses what `deathText` wrote for the order. */
export function parseDeath(text: string): Result<OrderedDeath, Rejection> {
  const parsed = storedDeath.safeParse(parseJson(text));
  if (!parsed.success) return invalid('it is not a valid death');
  const { dead, order, ...rest } = parsed.data;
  return ok({
    ...rest,
    dead:
      dead.what === 'delegation-keys'
        ? { ...dead, before: new Date(dead.before), settled: dead.settled ?? false }
        : dead,
    order: { ...order, at: new Date(order.at) },
  });
}

/** Parses what `deathText` wrote for the proof; null if there is none. */
export function parseProof(text: string | null): Result<DeathProof | null, Rejection> {
  if (text === null) return ok(null);
  const parsed = storedProof.safeParse(parseJson(text));
  return parsed.success
    ? ok({ ...parsed.data, at: new Date(parsed.data.at) })
    : invalid('it is not a valid proof');
}
