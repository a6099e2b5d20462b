import * as z from 'zod/mini';
import type { Fault } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { described } from '../input/described.ts';
import { freeText } from '../input/free-text.ts';
import { instantSchema } from '../input/instant-schema.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { readMembers } from '../input/schema-faults.ts';
import { addSeconds, parseInstant } from '../iso-time.ts';
import type { BlockedCaller } from './block.ts';
import { type Lever, type LeverName, leverNames, LEVERS } from './lever.ts';
import { isBlockable, type RevocationTarget } from './revocation-target.ts';
import { readTarget, targetSchema } from './target-schema.ts';
/** The body of `POST /revocations`. */
export const revocationSchema = z.strictObject({
  target: targetSchema,
  lever: described(
    z.optional(z.enum(LEVERS)),
    'Required to act. In a plan: the lever whose hash planHash shows',
  ),
  reason: described(
    z.optional(freeText(256).check(z.minLength(1))),
    'Required to act. The broker records it',
  ),
  dryRun: described(z.optional(z.boolean()), 'Default true: the reply is a plan and nothing is changed'),
  planHash: described(
    z.optional(z.string().check(z.regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits'))),
    'The planHash of the lever in a plan. Required to act, unless force is true',
  ),
  plannedAt: described(
    z.optional(instantSchema),
    'asOf of the plan, at most a day ago. An act then also lists what was issued since the plan',
  ),
  block: described(
    z.optional(z.boolean()),
    'True to block the caller as well. Possible for the targets token and caller only',
  ),
  force: described(z.optional(z.boolean()), 'True to act without a plan. The broker records it'),
});

/** What an operator asks to be done. The lever's name alone may not say what it acts on. */
export interface RequestedAct {
  readonly lever: LeverName;
  readonly reason: string;
  /** Null if the operator forces the act without a plan. */
  readonly planHash: string | null;
  /** When the operator read the plan; null if the request does not say. */
  readonly plannedAt: Date | null;
  /** True if the target's caller must get no new tokens. */
  readonly block: boolean;
}

/** An operator's order. Its hash shows whether the lever still does what the operator was shown. */
export interface RevocationOrder extends Omit<RequestedAct, 'lever' | 'block'> {
  readonly target: RevocationTarget;
  readonly lever: Lever;
  /** The account that the lever acts on. */
  readonly account: StorageAccount;
  /** The caller to block first; null: nobody. */
  readonly toBlock: BlockedCaller | null;
}

/** A valid request: a plan, or an order to act. */
export interface RevocationRequest {
  readonly target: RevocationTarget;
  /** In a plan, the lever whose hash the operator asks for; null for the narrowest. */
  readonly lever: LeverName | null;
  /** Null if only a plan is requested. */
  readonly act: RequestedAct | null;
}

type Body = Partial<z.infer<typeof revocationSchema>>;

const OLDEST_PLAN_SECONDS = 86_400;

/**
 * Parses the body of `POST /revocations`. Does not check whether the target exists.
 * @param clockSkew how far clocks may differ, in seconds.
 * @throws BrokerError `invalid_request` with every fault.
 */
export function parseRevocation(
  json: unknown,
  { now, clockSkew }: { readonly now: Date; readonly clockSkew: number },
): RevocationRequest {
  const { members, faults } = readMembers(revocationSchema, json);
  const read = members.target === undefined ? null : readTarget(members.target);
  const target = read?.ok === true ? read.value : null;
  const all = [
    ...faults,
    ...(read === null || read.ok ? [] : [read.fault]),
    ...(target === null ? [] : targetFaults(target, members)),
    ...plannedAtFaults(members, now, clockSkew),
    ...actFaults(members, faults),
  ];
  if (all.length > 0 || target === null) throw invalidRequest('revocation', all);
  return { target, lever: members.lever ?? null, act: actOf(members) };
}

/** Returns true if the body asks to act, whatever else it says. */
export function asksToAct(json: unknown): boolean {
  return typeof json === 'object' && json !== null && 'dryRun' in json && json.dryRun === false;
}

function targetFaults(target: RevocationTarget, { lever, block }: Body): Fault[] {
  const levers = leverNames(target);
  return [
    ...(lever === undefined || levers.includes(lever)
      ? []
      : [{ path: 'lever', message: `has no effect on this target; expected ${levers.join(' or ')}` }]),
    ...(block === true && !isBlockable(target)
      ? [{ path: 'block', message: 'is possible for the targets token and caller only' }]
      : []),
  ];
}

function plannedAtFaults({ plannedAt }: Body, now: Date, clockSkew: number): Fault[] {
  const at = parseInstant(plannedAt ?? '');
  if (at === null) return [];
  if (at > addSeconds(now, clockSkew)) return [{ path: 'plannedAt', message: 'must not be in the future' }];
  return at < addSeconds(now, -OLDEST_PLAN_SECONDS)
    ? [{ path: 'plannedAt', message: 'must be at most a day ago; read a new plan' }]
    : [];
}

function actFaults(body: Body, faults: readonly Fault[]): Fault[] {
  if (body.dryRun !== false) return [];
  const needed = ['lever', 'reason', ...(body.force === true ? [] : ['planHash'])] as const;
  const missing = needed.filter(
    (path) => body[path as keyof Body] === undefined && !faults.some((fault) => fault.path === path),
  );
  const unless = (path: string) => (path === 'planHash' ? ', unless "force" is true' : '');
  return missing.map((path) => ({ path, message: `is required to act${unless(path)}` }));
}

function actOf(body: Body): RequestedAct | null {
  const { dryRun, lever, reason, planHash, plannedAt, block = false, force } = body;
  if (dryRun !== false || lever === undefined || reason === undefined) return null;
  return {
    lever,
    reason,
    planHash: force === true ? null : (planHash ?? null),
    plannedAt: parseInstant(plannedAt ?? ''),
    block,
  };
}
