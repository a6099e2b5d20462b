import { z } from 'zod';
import { KEY_NAMES, type KeyName, type Service, SERVICES } from '../azure/services.ts';
import type { Fault } from '../broker-error.ts';
import { freeText } from '../input/free-text.ts';
import { fail, ok, type Result } from '../result.ts';

/** What to revoke. `container` means a container, queue, table or share. */
export type RevocationTarget =
  | { readonly token: string }
  | { readonly caller: { readonly issuer: string; readonly subject: string } }
  | { readonly grant: string }
  | { readonly account: string; readonly service: Service; readonly container: string }
  | AccountTarget;

/** Everything that an account's keys signed, or that one of its account keys or both signed. */
export type AccountTarget =
  { readonly account: string } | { readonly account: string; readonly key: KeyName | 'both' };

const name = freeText(256).min(1);

/** The schema of a target: the members of one of the shapes of `RevocationTarget`, which `readTarget` tells apart. */
export const targetSchema = z
  .strictObject({
    token: z.string().min(1).max(256).optional().describe('Id of a token'),
    caller: z.strictObject({ issuer: name, subject: name }).optional(),
    grant: name.optional().describe('Id of a grant'),
    account: name.optional(),
    service: z.enum(SERVICES).optional(),
    container: name.optional().describe('A container, queue, table or share'),
    key: z.enum([...KEY_NAMES, 'both']).optional(),
  })
  .describe(
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

/** Returns true if the target is an account or some of its keys, so its levers are known without its tokens. */
export function isAccountTarget(target: RevocationTarget): target is AccountTarget {
  return 'account' in target && !('service' in target);
}

/** Returns true if an act on the target can block the callers who hold its tokens. */
export function isBlockable(target: RevocationTarget): boolean {
  return 'token' in target || 'caller' in target;
}
