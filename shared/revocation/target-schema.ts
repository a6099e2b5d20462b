import * as z from 'zod/mini';
import { KEY_NAMES, SERVICES } from '../azure/services.ts';
import type { Fault } from '../broker-error.ts';
import { described } from '../input/described.ts';
import { freeText } from '../input/free-text.ts';
import { fail, ok, type Result } from '../result.ts';
import type { RevocationTarget } from './revocation-target.ts';

const name = freeText(256).check(z.minLength(1));

/** The schema of a target: the members of one of the shapes of `RevocationTarget`, which `readTarget` tells apart. */
export const targetSchema = described(
  z.strictObject({
    token: described(z.optional(z.string().check(z.minLength(1), z.maxLength(256))), 'Id of a token'),
    caller: z.optional(z.strictObject({ issuer: name, subject: name })),
    grant: described(z.optional(name), 'Id of a grant'),
    account: z.optional(name),
    service: z.optional(z.enum(SERVICES)),
    container: described(z.optional(name), 'A container, queue, table or share'),
    key: z.optional(z.enum([...KEY_NAMES, 'both'])),
  }),
  'Exactly one of {"token"}, {"caller": {"issuer", "subject"}}, {"grant"}, {"account", "service", "container"}, {"account"} and {"account", "key"}',
);

/** The members of each shape, joined in alphabetical order. */
const SHAPES: ReadonlySet<string> = new Set([
  'token',
  'caller',
  'grant',
  'account container service',
  'account',
  'account key',
]);
const EXPECTED =
  'must be one of {"token"}, {"caller": {"issuer", "subject"}}, {"grant"}, {"account", "service", "container"}, {"account"} and {"account", "key": "key1" | "key2" | "both"}';

/** Returns the target, or a fault if its members belong to more or less than one kind of target. */
export function readTarget(members: z.infer<typeof targetSchema>): Result<RevocationTarget, Fault> {
  const shape = Object.keys(members).sort().join(' ');
  if (!SHAPES.has(shape)) return fail({ path: 'target', message: EXPECTED });
  return ok(members as RevocationTarget);
}
