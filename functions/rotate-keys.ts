import type { InvocationContext, Timer } from '@azure/functions';
import { describeFailure } from '../shared/broker-error.ts';
import type { Start } from '../shared/compose.ts';

const DAY_MS = 86_400_000;

/** The timer's tick: for now it tells how old each account's published key is. Never throws. */
export function rotateKeys(start: Start) {
  return async (_timer: Timer, context: InvocationContext): Promise<void> => {
    if (!start.ok) return;
    const { broker } = start;
    const now = broker.clock();
    for (const account of broker.config.accounts.values()) {
      if (account.keys === null) continue;
      try {
        const createdAt = await broker.secretCreatedAt(account);
        const ageDays =
          createdAt === null ? null : Math.floor((now.getTime() - createdAt.getTime()) / DAY_MS);
        context.info(JSON.stringify({ event: 'key age', account: account.name, ageDays }));
      } catch (error) {
        const reason = describeFailure(error);
        context.warn(JSON.stringify({ event: 'key age unknown', account: account.name, reason }));
      }
    }
  };
}
