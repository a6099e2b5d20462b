import type { Revocation } from '../../../shared/revocation/revoke.ts';
import type { Plan, PlannedLever } from '../plan/lever-words.ts';
import type { Rotation } from './deaths.ts';
import type { Proof } from './proof.ts';

/** One step of an order. The first that is not done is under way. */
export interface WatchStep {
  readonly id: 'ordered' | 'standby' | 'published' | 'ended' | 'tried';
  readonly title: string;
  readonly done: boolean;
}

/** What the steps are read from: the plan and the reply as they were, the account's rotation as it is. */
export interface StepFacts {
  readonly plan: Pick<Plan, 'keys'>;
  readonly lever: Pick<PlannedLever, 'lever' | 'on'>;
  readonly reply: Pick<Revocation, 'state'>;
  readonly rotation: Rotation;
  readonly proof: Proof;
}

/** Returns the steps from the order to its proof. A step is never done before the ones above it. */
export function watchSteps(facts: StepFacts): readonly WatchStep[] {
  const isProved = facts.proof.is === 'proved' || facts.proof.is === 'elsewhere';
  const steps: WatchStep[] = [
    { id: 'ordered', title: 'Order recorded', done: true },
    ...middleSteps(facts),
    { id: 'tried', title: triedTitle(facts.lever), done: isProved },
  ];
  // What is proved at the end is done on the way, whatever was not read.
  const last = isProved ? steps.length : steps.findIndex(({ done }) => !done);
  return steps.map((step, index) => ({ ...step, done: index < last }));
}

function middleSteps({ plan, lever, reply, rotation }: StepFacts): WatchStep[] {
  const { on } = lever;
  if (lever.lever === 'delete-policy')
    return [{ id: 'ended', title: 'Policy deleted', done: reply.state === 'done' }];
  if (lever.lever !== 'regenerate-key')
    return [{ id: 'ended', title: 'Azure was asked to revoke the keys', done: reply.state === 'done' }];
  const keys = plan.keys.filter(({ name }) => on.key === 'both' || name === on.key);
  const former = keys.find(({ signs }) => signs === true);
  const ended = reply.state === 'done' || keys.every((key) => isReplaced(key, rotation));
  const title = on.key === 'both' ? 'Both keys regenerated' : `${on.key ?? 'Key'} regenerated`;
  const end: WatchStep = { id: 'ended', title, done: ended };
  if (former === undefined) return [end];
  const standby = former.name === 'key1' ? 'key2' : 'key1';
  const isPublished = ended || rotation.activeKey === standby;
  return [
    { id: 'standby', title: `${standby} made ready`, done: isPublished || rotation.phase === 'publishing' },
    { id: 'published', title: `${standby} published: it signs from now on`, done: isPublished },
    end,
  ];
}

/** A key that was regenerated has another creation time. */
function isReplaced({ name, createdAt }: Plan['keys'][number], { keys }: Rotation): boolean {
  const now = keys.find((key) => key.name === name)?.createdAt ?? null;
  return now !== null && createdAt !== null && now !== createdAt;
}

function triedTitle({ lever, on }: StepFacts['lever']): string {
  switch (lever) {
    case 'delete-policy':
      return 'Read back: the policy is gone';
    case 'regenerate-key':
      return `Tried on storage: ${on.key === 'both' ? 'both old keys are' : `the old ${on.key ?? 'key'} is`} refused`;
    case 'revoke-delegation-keys':
    case 'remove-role':
      return 'Tried on storage: an older SAS is refused';
  }
}

const QUICK_MS = 2 * 60_000;

/** Returns after how many milliseconds to read the rotation again; false once there is nothing more to learn. */
export function pollAfter(proof: Proof, phase: Rotation['phase'], sinceActMs: number): number | false {
  if (proof.is === 'proved') return false;
  if (sinceActMs < QUICK_MS) return 2000;
  return phase === 'draining' ? 30_000 : 5000;
}
