import { z } from 'zod';
import type { Fault } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { freeText } from '../input/free-text.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { readMembers } from '../input/schema-faults.ts';
import { type LeverName, LEVERS, leversOf } from './lever.ts';
import { type RevocationTarget, targetSchema } from './revocation-target.ts';
/** The body of `POST /revocations`. */
export const revocationSchema = z.strictObject({
  target: targetSchema,
  lever: z
    .enum(LEVERS)
    .optional()
    .describe('Required to act. In a plan: the lever whose hash planHash shows'),
  reason: freeText(256).min(1).optional().describe('Required to act. The broker records it'),
  dryRun: z.boolean().optional().describe('Default true: the reply is a plan and nothing is changed'),
  planHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits')
    .optional()
    .describe('The planHash of the lever in a plan. Required to act, unless force is true'),
  block: z
    .boolean()
    .optional()
    .describe('The broker does not support blocking callers yet. Leave this out or send false'),
  force: z.boolean().optional().describe('True to act without a plan. The broker records it'),
});

/** An operator's order. Its hash shows whether the lever still does what the operator was shown. */
export interface RevocationOrder {
  readonly lever: LeverName;
  readonly reason: string;
  /** Null if the operator forces the order without a plan. */
  readonly planHash: string | null;
}

/** A valid request: a plan, or an order to act. */
export interface RevocationRequest {
  readonly target: RevocationTarget;
  readonly account: StorageAccount;
  /** In a plan, the lever whose hash the operator asks for; null for the narrowest. */
  readonly lever: LeverName | null;
  /** Null if only a plan is requested. */
  readonly order: RevocationOrder | null;
}

type Body = Partial<z.infer<typeof revocationSchema>>;

/** Targets that a later version may support. A request with one of them is told what is supported today. */
const LATER = new Set(['token', 'caller', 'grant', 'service', 'container']);
const SUPPORTED = 'expected {"account"} or {"account", "key": "key1" | "key2" | "both"}';

/**
 * Parses the body of `POST /revocations`.
 * @throws BrokerError `invalid_request` with every fault.
 */
export function parseRevocation(
  json: unknown,
  accounts: ReadonlyMap<string, StorageAccount>,
): RevocationRequest {
  const { members, faults } = readMembers(revocationSchema, json);
  const { target, lever = null } = members;
  const account = target === undefined ? undefined : accounts.get(target.account);
  const all = [
    ...faults.map(nameSupportedTargets),
    ...targetFaults(members, account),
    ...actFaults(members, faults),
  ];
  if (all.length > 0 || target === undefined || account === undefined)
    throw invalidRequest('revocation', all);
  const { key } = target;
  return {
    target: { account: account.name, ...(key === undefined ? {} : { key }) },
    account,
    lever,
    order: orderOf(members),
  };
}

function nameSupportedTargets(fault: Fault): Fault {
  const [, member = ''] = /^target\.(\w+)$/.exec(fault.path) ?? [];
  if (!LATER.has(member)) return fault;
  return { path: fault.path, message: `is not supported as a target yet; ${SUPPORTED}` };
}

function targetFaults({ target, lever }: Body, account: StorageAccount | undefined): Fault[] {
  if (target === undefined) return [];
  if (account === undefined)
    return [{ path: 'target.account', message: 'is not an account in the configuration' }];
  const levers = leversOf(target);
  if (lever === undefined || levers.includes(lever)) return [];
  return [{ path: 'lever', message: `has no effect on this target; expected ${levers.join(' or ')}` }];
}

function actFaults(body: Body, faults: readonly Fault[]): Fault[] {
  const blocked =
    body.block === true
      ? [{ path: 'block', message: 'is not supported yet; leave it out or send false' }]
      : [];
  if (body.dryRun !== false) return blocked;
  const needed = ['lever', 'reason', ...(body.force === true ? [] : ['planHash'])] as const;
  const missing = needed.filter(
    (path) => body[path as keyof Body] === undefined && !faults.some((fault) => fault.path === path),
  );
  const unless = (path: string) => (path === 'planHash' ? ', unless "force" is true' : '');
  return [...blocked, ...missing.map((path) => ({ path, message: `is required to act${unless(path)}` }))];
}

function orderOf({ dryRun, lever, reason, planHash, force }: Body): RevocationOrder | null {
  if (dryRun !== false || lever === undefined || reason === undefined) return null;
  return { lever, reason, planHash: force === true ? null : (planHash ?? null) };
}
