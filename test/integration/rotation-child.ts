/** Runs ticks until the rotation is over, or until it kills itself at a boundary, as `kill -9` would. */
import { setTimeout as pause } from 'node:timers/promises';
import { BrokerError } from '../../shared/broker-error.ts';
import { advanceRotation } from '../../shared/rotation/advance-rotation.ts';
import type { Phase } from '../../shared/rotation/rotation-journal.ts';
import type { RotationPorts } from '../../shared/rotation/rotation-ports.ts';
import { type Place, rotationOnStack } from './rotation-on-stack.ts';

export type Boundary = `${'before' | 'after'} ${'regenerate' | 'publish' | 'disable'} in ${Phase}`;
export interface ChildOrder {
  readonly place: Place;
  readonly instance: string;
  /** The boundary at which it dies; for example, `before the save in draining` is a journal write. */
  readonly dieAt: Boundary | `before the save of ${Phase}` | null;
}

const { place, instance, dieAt } = JSON.parse(process.argv[2] ?? '') as ChildOrder;
const { ports, account, waits } = rotationOnStack(place, instance);
let phase: Phase | null = null;

function passes(boundary: ChildOrder['dieAt']): void {
  if (boundary === dieAt) process.kill(process.pid, 'SIGKILL');
}

async function around<T>(what: 'regenerate' | 'publish' | 'disable', act: () => Promise<T>): Promise<T> {
  passes(`before ${what} in ${phase ?? 'steady'}`);
  const result = await act();
  passes(`after ${what} in ${phase ?? 'steady'}`);
  return result;
}

const watched: RotationPorts = {
  ...ports,
  journals: {
    load: async (name) => {
      const entry = await ports.journals.load(name);
      phase = entry.journal?.phase ?? null;
      return entry;
    },
    save: async (journal, etag) => {
      if (journal.phase !== phase) passes(`before the save of ${journal.phase}`);
      const entry = await ports.journals.save(journal, etag);
      phase = entry?.journal?.phase ?? phase;
      return entry;
    },
    withOrders: () => ports.journals.withOrders(),
  },
  managedKeys: {
    times: (of) => ports.managedKeys.times(of),
    list: (of) => ports.managedKeys.list(of),
    revokeDelegationKeys: (of, deadline) => ports.managedKeys.revokeDelegationKeys(of, deadline),
    regenerate: (of, key, deadline) =>
      around('regenerate', () => ports.managedKeys.regenerate(of, key, deadline)),
  },
  secrets: {
    latest: (of) => ports.secrets.latest(of),
    publish: (of, name, key) => around('publish', () => ports.secrets.publish(of, name, key)),
    disableAllBut: (of, keep) => around('disable', () => ports.secrets.disableAllBut(of, keep)),
  },
};

for (;;) {
  try {
    const journal = await advanceRotation(watched, account, waits);
    if (journal?.phase === 'steady' && journal.request === null) break;
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    process.stderr.write(`${error.reason ?? error.message}\n`);
  }
  await pause(200);
}
