import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { PolicyPlace, StoredPolicy } from '../../../shared/stored-policies/stored-policy.ts';
import { account } from '../../fakes/configuration.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { memoryPolicyKeeper } from '../../fakes/memory-stored-policies.ts';

export const start = new Date('2026-11-22T12:00:00Z');
export const place: PolicyPlace = { account: account(), service: 'blob', name: 'photos' };

/** Two hosts on one storage and one state table. Time passes in real time, from `start`. */
export function twoHosts(policies: StoredPolicy[] = []) {
  const audit = memoryAuditLog();
  const began = performance.now();
  let ahead = 0;
  const clock = () => new Date(start.getTime() + performance.now() - began + ahead * 1000);
  const one = memoryPolicyKeeper(audit, clock);
  const other = memoryPolicyKeeper(audit, clock, one);
  one.policies.make(place, { policies, publicAccess: 'blob' });
  const list = () => one.policies.lists.get('media/blob/photos')!;
  const deadline = (seconds = 5) => addSeconds(clock(), seconds);
  return { one, other, audit, clock, list, deadline, forward: (seconds: number) => (ahead += seconds) };
}

/** Returns the code of the error that `work` fails with; `none` if it succeeds. */
export const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof BrokerError ? error.code : String(error)),
  );
