import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { StartTurns } from '../../../shared/compose/start-turns.ts';

/** Requests that take `workMs` of the event loop to start, in a process whose clock only they move. */
function setUp(workMs = 8, maxWaitMs = 1000) {
  let nowMs = 0;
  const turns = new StartTurns(() => nowMs, maxWaitMs);
  const started: string[] = [];
  const turnedAway: string[] = [];
  const send = async (name: string, waitedMs = 0): Promise<void> => {
    const turn = turns.enter(waitedMs);
    if (turn !== null && !(await turn)) {
      turnedAway.push(name);
      return;
    }
    started.push(name);
    nowMs += workMs;
  };
  const sendAll = (names: string) => Promise.all(Array.from(names, (name) => send(name)));
  return { turns, started, turnedAway, send, sendAll, pass: (ms: number) => void (nowMs += ms) };
}

describe('starts of requests', () => {
  it('do not wait while the loop keeps up', async () => {
    const { turns, started, send } = setUp();
    for (const name of 'abcdefgh') {
      void send(name);
      expect(started.at(-1)).toBe(name);
      expect(turns.waiting()).toBe(0);
      await nextTurn();
    }
  });

  it('are as many in one turn as begin within 20 ms; the others follow turn by turn, the newest first', async () => {
    const { turns, started, sendAll } = setUp();
    const all = sendAll('abcdefgh');
    expect(started.join('')).toBe('abc');
    expect(turns.waiting()).toBe(5);
    await nextTurn();
    expect(started.join('')).toBe('abchgf');
    await nextTurn();
    expect(started.join('')).toBe('abchgfed');
    expect(turns.waiting()).toBe(0);
    await all;
  });

  it('of requests that arrive while others wait come before them', async () => {
    const { started, sendAll, send } = setUp();
    const all = sendAll('abcdefgh');
    await nextTurn();
    const late = send('z');
    expect(started).not.toContain('z');
    await nextTurn();
    expect(started.join('')).toBe('abchgfzed');
    await Promise.all([all, late]);
  });

  it('are possible at once again when nobody waits', async () => {
    const { started, sendAll, send } = setUp();
    await sendAll('abcdefgh');
    await nextTurn();
    void send('z');
    expect(started.at(-1)).toBe('z');
  });

  it('are refused to who has waited for the longest time allowed, before and since', async () => {
    const { started, turnedAway, send, sendAll, pass } = setUp(20);
    const all = [send('a'), send('b', 900), send('c', 899), sendAll('d')];
    expect(started.join('')).toBe('a');
    pass(80);
    await Promise.all(all);
    expect(turnedAway.join('')).toBe('b');
    expect(started.join('')).toBe('adc');
  });

  it('are refused to the oldest of more than 5,000', async () => {
    const { turns, turnedAway, send } = setUp(20);
    const all = Array.from({ length: 5003 }, (_, index) => send(String(index)));
    expect(turns.waiting()).toBe(5000);
    await Promise.all(all.slice(0, 3));
    expect(turnedAway).toEqual(['1', '2']);
  });
});
