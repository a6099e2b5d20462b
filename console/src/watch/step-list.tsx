import type { ReactNode } from 'react';
import { OkIcon } from '../parts/icons.tsx';
import { Time } from '../time/time.tsx';
import type { GivenOrder } from './deaths.ts';
import type { Proof } from './proof.ts';
import type { WatchStep } from './steps.ts';

interface Props {
  readonly steps: readonly WatchStep[];
  readonly order: GivenOrder;
  readonly deadBy: string;
  readonly proof: Proof;
  /** True if a stored policy is deleted, and no key is replaced. */
  readonly isPolicy: boolean;
}

/** The steps from the order to the proof, with the one that is under way marked. */
export function StepList({ steps, order, deadBy, proof, isPolicy }: Props) {
  const current = steps.findIndex(({ done }) => !done);
  const signing = steps.some(({ id }) => id === 'published') ? 'published' : 'ended';
  return (
    <ol aria-label="Steps">
      {steps.map(({ id, title, done }, index) => {
        const state = done ? 'done' : index === current ? 'now' : 'next';
        return (
          <li key={id} className={state} aria-current={state === 'now' ? 'step' : undefined}>
            {done ? <OkIcon aria-label="done" /> : <i className={state === 'now' ? 'pulse' : 'ring'} />}
            <div>
              <b>{title}</b>
              <small>{aboutStep(id, { order, deadBy, proof, isPolicy, done, signing })}</small>
            </div>
          </li>
        );
      })}
    </ol>
  );
}

interface About extends Omit<Props, 'steps'> {
  readonly done: boolean;
  /** The step that says how long instances may go on signing. */
  readonly signing: WatchStep['id'];
}

function aboutStep(id: WatchStep['id'], { order, deadBy, proof, isPolicy, done, signing }: About): ReactNode {
  switch (id) {
    case 'ordered':
      return (
        <>
          <Time at={order.at} as="clock" />,{' '}
          {order.joined === null
            ? 'with your name and your reason'
            : `by ${order.joined}, whose order yours joined`}
        </>
      );
    case 'standby':
      return 'the broker issues tokens all the while';
    case 'published':
    case 'ended':
      if (id !== signing || proof.is === 'proved') return null;
      if (isPolicy)
        return (
          <>
            storage applies it by <Time at={deadBy} as="clock" />
          </>
        );
      return (
        <>
          instances may still sign with the former key until <Time at={deadBy} as="clock" />
        </>
      );
    case 'tried':
      if (proof.is === 'proved' && proof.on.length > 0) return `refused on ${proof.on.join(', ')}`;
      return done ? null : 'until then, the tokens may still work';
  }
}
