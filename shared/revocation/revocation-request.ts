import { z } from 'zod';
import type { Fault } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { freeText } from '../input/free-text.ts';
import { invalidRequest } from '../input/invalid-request.ts';
import { readMembers } from '../input/schema-faults.ts';
import { LEVERS, leversOf, type LeverName } from './lever.ts';
import type { RevocationTarget } from './revocation-target.ts';
import { targetSchema } from './revocation-target.ts';
/** The body of `POST /revocations`. */
export const revocationSchema = z.strictObject({
  target: targetSchema,
  lever: z
    .enum(LEVERS)
    .optional()
    .describe('Required to act; in a plan: the one whose planHash is asked for'),
  reason: freeText(256).min(1).optional().describe('Required to act; recorded'),
  dryRun: z.boolean().optional().describe('Default true: a plan, nothing is done'),
  planHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hexadecimal digits')
    .optional()
    .describe('The lever’s, from a plan: required to act without force'),
  block: z.boolean().optional().describe('Callers cannot be blocked yet: leave it out, or false'),
  force: z.boolean().optional().describe('Act without a plan; recorded'),
});

/** An operator's order, and how it is made sure that it is still what the operator was shown. */
export interface RevocationOrder {
  readonly lever: LeverName;
  readonly reason: string;
  /** Null: forced, without a plan. */
  readonly planHash: string | null;
}

export interface RevocationRequest {
  readonly target: RevocationTarget;
  readonly account: StorageAccount;
  /** In a plan: the lever whose hash is asked for. */
  readonly lever: LeverName | null;
  /** Null: a plan only. */
  readonly order: RevocationOrder | null;
}

type Body = Partial<z.infer<typeof revocationSchema>>;

/** Targets of DESIGN that come later: whoever sends one is told so instead of "no member". */
const LATER = new Set(['token', 'caller', 'grant', 'service', 'container']);
const OFFERED = 'offered today are {"account"} and {"account", "key": "key1" | "key2" | "both"}';

/** @throws BrokerError `invalid_request` with every fault. */
export function parseRevocation(
  json: unknown,
  accounts: ReadonlyMap<string, StorageAccount>,
): RevocationRequest {
  const { members, faults } = readMembers(revocationSchema, json);
  const { target, lever = null } = members;
  const account = target === undefined ? undefined : accounts.get(target.account);
  const all = [
    ...faults.map(sayWhatIsOffered),
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

function sayWhatIsOffered(fault: Fault): Fault {
  const [, member = ''] = /^target\.(\w+)$/.exec(fault.path) ?? [];
  return LATER.has(member) ? { path: fault.path, message: `is no target yet; ${OFFERED}` } : fault;
}

function targetFaults({ target, lever }: Body, account: StorageAccount | undefined): Fault[] {
  if (target === undefined) return [];
  if (account === undefined)
    return [{ path: 'target.account', message: 'is no account of the configuration' }];
  const levers = leversOf(target);
  if (lever === undefined || levers.includes(lever)) return [];
  return [{ path: 'lever', message: `does nothing to this target; ${levers.join(', ')} does` }];
}

function actFaults(body: Body, faults: readonly Fault[]): Fault[] {
  const blocked =
    body.block === true ? [{ path: 'block', message: 'callers cannot be blocked yet: leave it out' }] : [];
  if (body.dryRun !== false) return blocked;
  const needed = ['lever', 'reason', ...(body.force === true ? [] : ['planHash'])] as const;
  const missing = needed.filter(
    (path) => body[path as keyof Body] === undefined && !faults.some((fault) => fault.path === path),
  );
  const how = (path: string) => (path === 'planHash' ? ', or "force": true' : '');
  return [...blocked, ...missing.map((path) => ({ path, message: `is required to act${how(path)}` }))];
}

function orderOf({ dryRun, lever, reason, planHash, force }: Body): RevocationOrder | null {
  if (dryRun !== false || lever === undefined || reason === undefined) return null;
  return { lever, reason, planHash: force === true ? null : (planHash ?? null) };
}
