import * as z from 'zod/mini';
import { KEY_NAMES, SERVICES } from '../azure/services.ts';
import { described } from '../input/described.ts';
import { formatDuration, formatInstant } from '../iso-time.ts';
import { commandOf, isManaged, secondsToTakeEffect } from './lever-effect.ts';
import { type LeverName, LEVERS, planHash } from './lever.ts';
import type { PlanFacts, PlannedLever } from './plan-facts.ts';
import { planNotes } from './plan-notes.ts';
import { isBlockable, type RevocationTarget } from './revocation-target.ts';
import { targetSchema } from './target-schema.ts';

const callers = described(
  z.array(
    z.object({
      issuer: z.string(),
      subject: z.string(),
      name: z.nullable(z.string()),
      tokens: z.int(),
      latestExpiry: z.string(),
    }),
  ),
  'Those with the most tokens first; at most 100',
);

/** The schema of what a lever acts on. */
const leverPlaceSchema = z.object({
  account: z.string(),
  key: z.optional(z.enum([...KEY_NAMES, 'both'])),
  service: z.optional(z.enum(SERVICES)),
  container: z.optional(z.string()),
  policy: z.optional(z.string()),
});

/** The schema of a plan: what an operator is shown before anything is changed. */
export const revocationPlanSchema = z.object({
  asOf: described(z.string(), 'Send this as plannedAt with the act'),
  planHash: described(
    z.nullable(z.string()),
    'That of the lever asked for, or of the first lever; null if there is no such lever',
  ),
  target: targetSchema,
  tokens: described(z.int(), 'Live tokens of the target that this broker issued'),
  callers: described(callers, 'Callers who hold these tokens, those with the most tokens first; at most 100'),
  levers: described(
    z.array(
      z.object({
        planHash: z.string(),
        lever: z.enum(LEVERS),
        on: described(leverPlaceSchema, 'What the lever acts on'),
        kills: z.object({
          tokens: described(z.int(), 'Tokens of the target that the lever ends'),
          besides: described(z.int(), 'Other tokens that the lever ends with them'),
          callers,
          latestExpiry: z.nullable(z.string()),
        }),
        actsWithin: described(
          z.string(),
          'How long until storage refuses the tokens. A wait that outlasts the call ends with the next run of the timer',
        ),
        command: described(z.nullable(z.string()), 'The Azure CLI command that has the same effect'),
        byHand: described(
          z.boolean(),
          'True if the broker cannot pull this lever for the account; use the command',
        ),
      }),
    ),
    'Narrowest first; at most 100',
  ),
  wait: described(z.string(), 'How long until the last of the target’s tokens expires on its own'),
  keys: described(
    z.array(
      z.object({
        name: z.enum(KEY_NAMES),
        createdAt: z.nullable(z.string()),
        signs: z.nullable(z.boolean()),
      }),
    ),
    'The keys of the target’s account; empty for a caller or grant, which may have several',
  ),
  block: z.object({
    possible: described(z.boolean(), 'True if an act on this target can block its callers: block'),
    callers: described(z.int(), 'How many callers hold the target’s tokens; at most 1,000 are counted'),
    active: described(z.int(), 'How many of the listed callers are blocked already'),
  }),
  scannedAll: described(
    z.boolean(),
    'False if the deadline or the limit of pages ended the search, so there may be more tokens',
  ),
  notes: described(z.array(z.string()), 'What the numbers do not show'),
});

export type RevocationPlan = z.infer<typeof revocationPlanSchema>;

/**
 * Returns the plan: what each lever would end. Pure.
 * @param asked the lever whose hash becomes the plan's; null for the narrowest.
 */
export function revocationPlan(
  target: RevocationTarget,
  asked: LeverName | null,
  facts: PlanFacts,
): RevocationPlan {
  const { fold, now } = facts;
  const { targeted } = fold;
  const levers = facts.levers.map((lever) => leverPlan(target, lever));
  const hashed = asked === null ? levers[0] : levers.find(({ lever }) => lever === asked);
  const left = targeted.latestExpiry === null ? 0 : targeted.latestExpiry.getTime() - now.getTime();
  return {
    asOf: formatInstant(now),
    planHash: hashed?.planHash ?? null,
    target,
    tokens: targeted.targeted,
    callers: targeted.callers(),
    levers,
    wait: formatDuration(Math.max(0, Math.ceil(left / 1000))),
    keys: keysOfAccount(target, facts),
    block: {
      possible: isBlockable(target),
      callers: targeted.callerCount,
      active: facts.blockedCallers,
    },
    scannedAll: facts.scannedAll,
    notes: planNotes(target, facts),
  };
}

function leverPlan(
  target: RevocationTarget,
  { lever, generation, tally, delegators, facts }: PlannedLever,
): RevocationPlan['levers'][number] {
  const { account, journal, waits } = facts;
  const last = tally.latestExpiry;
  return {
    planHash: planHash(target, lever, generation),
    lever: lever.name,
    on: lever.on,
    kills: {
      tokens: tally.targeted,
      besides: tally.besides,
      callers: tally.callers(),
      latestExpiry: last && formatInstant(last),
    },
    actsWithin: formatDuration(secondsToTakeEffect(lever, journal, waits)),
    command: commandOf(account, lever, delegators),
    byHand: !isManaged(lever, account, waits),
  };
}

function keysOfAccount(target: RevocationTarget, { accounts }: PlanFacts): RevocationPlan['keys'] {
  const [facts] = accounts.values();
  if (facts === undefined || 'caller' in target || 'grant' in target) return [];
  const { journal } = facts;
  return KEY_NAMES.map((name) => {
    const createdAt = journal?.times[name] ?? null;
    return {
      name,
      createdAt: createdAt && formatInstant(createdAt),
      signs: journal === null ? null : journal.active === name,
    };
  });
}
