import type { InvocationContext, Timer } from '@azure/functions';
import type { Start } from '../shared/compose.ts';
import { rotateAccounts } from '../shared/rotation/rotate-accounts.ts';
import { sweepPolicies } from '../shared/stored-policies/sweep-policies.ts';

/** The timer's tick: every account as far as it can go now, then managed policies that nothing uses. Never throws. */
export function rotateKeys(start: Start) {
  return async (_timer: Timer, context: InvocationContext): Promise<void> => {
    if (!start.ok) return;
    const { config, issuing, rotation, settings } = start.broker;
    const log = (event: string, fields: Readonly<Record<string, string | null>>) =>
      context.info(JSON.stringify({ event, ...fields }));
    await rotateAccounts({ ...rotation, log }, config.accounts.values(), settings.requestDeadline);
    await sweepPolicies(issuing.policies, config.accounts, settings.requestDeadline, log);
  };
}
