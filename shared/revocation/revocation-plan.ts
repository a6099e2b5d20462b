import { z } from 'zod';
import { KEY_NAMES, SERVICES } from '../azure/services.ts';
import { formatDuration, formatInstant } from '../iso-time.ts';
import { callersOf, isLive, isTargeted, kills, latestExpiry } from './affected-tokens.ts';
import { commandOf, isManaged, secondsToTakeEffect } from './lever-effect.ts';
import {
  accountLevers,
  delegationGeneration,
  keyGeneration,
  type Lever,
  type LeverGeneration,
  type LeverName,
  LEVERS,
  planHash,
} from './lever.ts';
import type { LiveToken } from './live-token.ts';
import type { PlanFacts } from './plan-facts.ts';
import { planNotes } from './plan-notes.ts';
import { type AccountTarget, targetSchema } from './revocation-target.ts';

const callers = z.array(z.object({ issuer: z.string(), subject: z.string(), tokens: z.int() }));

const leverPlaceSchema = z.object({
  account: z.string(),
  key: z.enum([...KEY_NAMES, 'both']).optional(),
  service: z.enum(SERVICES).optional(),
  container: z.string().optional(),
  policy: z.string().optional(),
});

/** The schema of a plan: what an operator is shown before anything is changed. */
export const revocationPlanSchema = z.object({
  planHash: z.string(),
  target: targetSchema,
  tokens: z.int().describe('Live tokens of the target that this broker issued'),
  callers: callers.describe('Callers who hold these tokens, those with the most tokens first; at most 100'),
  levers: z.array(
    z.object({
      planHash: z.string(),
      lever: z.enum(LEVERS),
      on: leverPlaceSchema.describe('What the lever acts on'),
      kills: z.object({
        tokens: z.int().describe('Tokens of the target that the lever ends'),
        besides: z.int().describe('Other tokens that the lever ends with them'),
        callers,
        latestExpiry: z.string().nullable(),
      }),
      actsWithin: z
        .string()
        .describe(
          'How long until storage refuses the tokens. A wait that outlasts the call ends with the next run of the timer',
        ),
      command: z.string().nullable().describe('The Azure CLI command that has the same effect'),
      byHand: z
        .boolean()
        .describe('True if the broker cannot pull this lever for the account; use the command'),
    }),
  ),
  wait: z.string().describe('How long until the last of the target’s tokens expires on its own'),
  keys: z.array(
    z.object({ name: z.enum(KEY_NAMES), createdAt: z.string().nullable(), signs: z.boolean().nullable() }),
  ),
  scannedAll: z.boolean().describe('False if the deadline ended the search, so there may be more tokens'),
  notes: z.array(z.string()).describe('What the numbers do not show'),
});

export type RevocationPlan = z.infer<typeof revocationPlanSchema>;

/**
 * Returns the plan: what each lever would end. Pure.
 * @param asked the lever whose hash becomes the plan's; null for the narrowest.
 */
export function revocationPlan(
  target: AccountTarget,
  asked: LeverName | null,
  facts: PlanFacts,
): RevocationPlan {
  const { journal, waits, now } = facts;
  const live = facts.tokens.filter((token) => isLive(token, journal, waits, now));
  const targeted = live.filter((token) => isTargeted(target, token));
  const last = latestExpiry(targeted);
  const levers = accountLevers(target).map((lever) => leverPlan(lever, target, live, facts));
  const hash = (levers.find(({ lever }) => lever === asked) ?? levers[0])?.planHash ?? '';
  return {
    planHash: hash,
    target,
    tokens: targeted.length,
    callers: callersOf(targeted),
    levers,
    wait: formatDuration(last === null ? 0 : Math.ceil((last.getTime() - now.getTime()) / 1000)),
    keys: KEY_NAMES.map((name) => ({
      name,
      createdAt: instantText(journal?.times[name] ?? null),
      signs: journal === null ? null : journal.active === name,
    })),
    scannedAll: facts.scannedAll,
    notes: planNotes(target, targeted, facts),
  };
}

function leverPlan(
  lever: Lever,
  target: AccountTarget,
  live: readonly LiveToken[],
  facts: PlanFacts,
): RevocationPlan['levers'][number] {
  const { account, journal, waits } = facts;
  const dying = live.filter((token) => kills(lever, token));
  const targeted = dying.filter((token) => isTargeted(target, token));
  return {
    planHash: planHash(target, lever, generationOf(lever, facts)),
    lever: lever.name,
    on: lever.on,
    kills: {
      tokens: targeted.length,
      besides: dying.length - targeted.length,
      callers: callersOf(dying),
      latestExpiry: instantText(latestExpiry(dying)),
    },
    actsWithin: formatDuration(waits === null ? 0 : secondsToTakeEffect(lever, journal, waits)),
    command: commandOf(account, lever),
    byHand: !isManaged(lever, account, waits),
  };
}

function generationOf(lever: Lever, { journal, deaths }: PlanFacts): LeverGeneration {
  switch (lever.name) {
    case 'regenerate-key':
      return keyGeneration(lever, journal);
    case 'revoke-delegation-keys':
      return delegationGeneration(journal, deaths);
    case 'delete-policy':
    case 'remove-role':
      return null;
  }
}

const instantText = (instant: Date | null): string | null => instant && formatInstant(instant);
