import type { AuditRecord } from '../audit/audit-record.ts';
import { type BrokerConfig, clockSkewOf } from '../config/broker-config.ts';
import type { Death, Deaths } from './death.ts';
import { mortalTokenOf } from './mortal-token.ts';
import { tokenState } from './token-state.ts';

/** Whether a recorded token is usable, and what ended it if anything did. */
export type RecordState = ReturnType<typeof tokenState>;

/** What the states of records are told from. */
export interface StatePorts {
  readonly config: Pick<BrokerConfig, 'accounts'>;
  readonly deaths: Pick<Deaths, 'list'>;
}

/**
 * Returns a function that tells the state of a record. It reads the deaths of each account once, so use it for one call
 * only. It throws BrokerError `storage_unavailable` if they cannot be read: a dead token must not seem to be live.
 */
export function stateReader(
  { config, deaths }: StatePorts,
  { now, deadline }: { readonly now: Date; readonly deadline: Date },
): (record: AuditRecord) => Promise<RecordState> {
  const lists = new Map<string, Promise<readonly Death[]>>();
  return async (record) => {
    const { account } = record.resource;
    const list = lists.get(account) ?? deaths.list(account, deadline);
    lists.set(account, list);
    const clockSkew = clockSkewOf(config.accounts.get(account));
    return tokenState(mortalTokenOf(record), await list, { now, clockSkew });
  };
}
