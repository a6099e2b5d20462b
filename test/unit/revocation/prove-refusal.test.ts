import { beforeEach, describe, expect, it } from 'vitest';
import type { Service } from '../../../shared/azure/services.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { SecretText } from '../../../shared/keys/signing-keys.ts';
import { proveDuringCall } from '../../../shared/revocation/prove-refusal.ts';
import { rotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { REQUEST_DEADLINE, revocationWorld, start } from './revocation-world.ts';

let world: ReturnType<typeof revocationWorld>;
/** What storage answers about each death's probes, try by try; the last answer repeats. */
let answers: Record<string, Partial<Record<Service, (boolean | null)[]>>>;
let tries: number;

beforeEach(() => {
  world = revocationWorld();
  answers = {};
  tries = 0;
  world.ports.delegationProbes.isRefused = ({ url, service }) => {
    tries += 1;
    const left = answers[url.reveal()]?.[service] ?? [];
    return Promise.resolve((left.length > 1 ? left.shift() : left[0]) ?? null);
  };
});

/** Adds deaths whose probes storage answers as given. */
async function deaths(given: typeof answers, isRecorded = true): Promise<void> {
  answers = given;
  for (const [id, services] of Object.entries(given)) {
    const probes = (Object.keys(services) as Service[]).map((service) => {
      return { service, url: new SecretText(id), expiresAt: addSeconds(start, 86_400) };
    });
    world.proofs.rememberProbes('media', id, probes);
    if (isRecorded) await record(id);
  }
}

async function record(id: string): Promise<void> {
  const order = { at: start, by: 'local/otto', byName: null, reason: 'leaked' };
  const dead = { what: 'delegation-keys', before: start, settled: false } as const;
  await world.ports.rotation.deaths.order({ id, account: 'media', dead, order }, addSeconds(start, 10));
}

function prove(seconds: number, ids = Object.keys(answers)) {
  const on = { account: 'media' };
  const order = world.order(on, { name: 'revoke-delegation-keys', on });
  const waits = rotationWaits(world.media, REQUEST_DEADLINE)!;
  const until = addSeconds(world.clock(), seconds);
  return proveDuringCall(world.ports, { ...order, waits }, ids, someJournal(), until);
}

const proofs = async () => (await world.deaths()).map(({ proof }) => proof && [proof.refused, proof.on]);
const remembered = () => Object.keys(answers).map((id) => world.proofs.find('media', id) !== null);

describe('a proof during a call', () => {
  it.each([
    ['both are refused', { a: { blob: [true] }, b: { blob: [true] } }, true, ['blob']],
    ['one is accepted', { a: { blob: [true] }, b: { blob: [false] } }, false, ['blob']],
    [
      'one is accepted on one service',
      { a: { blob: [true], file: [false] }, b: { blob: [true], file: [true] } },
      false,
      ['blob', 'file'],
    ],
    [
      'a service answers for one only',
      { a: { blob: [true], queue: [true] }, b: { blob: [true], queue: [null] } },
      true,
      ['blob'],
    ],
    ['one is not answered', { a: { blob: [true] }, b: { blob: [null] } }, null, []],
  ])('is about every death, and the services that answered for all: %s', async (_, given, proved, on) => {
    await deaths(given);
    expect(await prove(0.9)).toEqual({ proved, provedOn: on });
  });

  it('records each death’s own answer, and forgets what is proved', async () => {
    await deaths({ a: { blob: [true] }, b: { blob: [false] }, c: { blob: [null] } });
    await prove(0.9);
    expect(await proofs()).toEqual([[true, ['blob']], [false, ['blob']], null]);
    expect(remembered()).toEqual([false, true, true]);
    expect(world.logs.map(({ event, type }) => [event, type])).toEqual([
      ['event recorded', 'revocation-proved'],
    ]);
  });

  it.each([
    [0, 0],
    [0.001, 1],
    [0.999, 1],
    [1, 2],
    [1.499, 2],
    [1.5, 3],
  ])(
    'in %d seconds is tried %d times, half a second apart, while storage accepts it',
    async (time, count) => {
      await deaths({ a: { blob: [false] } });
      expect(await prove(time)).toEqual(
        count === 0 ? { proved: null, provedOn: [] } : { proved: false, provedOn: ['blob'] },
      );
      expect(tries).toBe(count);
      expect(world.clock()).toEqual(addSeconds(start, Math.max(0, count - 1) / 2));
    },
  );

  it('ends with the first refusal', async () => {
    await deaths({ a: { blob: [false, true, false] } });
    expect(await prove(8)).toEqual({ proved: true, provedOn: ['blob'] });
    expect([tries, await proofs()]).toEqual([2, [[true, ['blob']]]]);
  });

  it('ends once nothing answers, with the answer before', async () => {
    await deaths({ a: { blob: [false, null] } });
    expect(await prove(8)).toEqual({ proved: false, provedOn: ['blob'] });
    expect(tries).toBe(2);
  });
});

describe('a proof during a call that cannot be recorded', () => {
  it('is in the reply all the same, and the failure in the log', async () => {
    await deaths({ a: { blob: [true] } });
    world.azure.deaths.failing = new Error('down');
    expect(await prove(1)).toEqual({ proved: true, provedOn: ['blob'] });
    expect(world.logs).toEqual([{ event: 'revocation held up', account: 'media', reason: 'Error' }]);
  });

  it('does not keep another death from being recorded', async () => {
    await deaths({ a: { blob: [true] }, b: { blob: [true] } }, false);
    await record('b');
    expect(await prove(1)).toEqual({ proved: true, provedOn: ['blob'] });
    expect(await proofs()).toEqual([[true, ['blob']]]);
    expect(world.logs.map(({ event, type }) => [event, type])).toEqual([
      ['event recorded', 'revocation-proved'],
    ]);
  });

  it('reads no deaths if nothing answered', async () => {
    await deaths({ a: { blob: [null] } });
    world.azure.deaths.failing = new Error('down');
    expect(await prove(1)).toEqual({ proved: null, provedOn: [] });
    expect(world.logs).toEqual([]);
  });
});
