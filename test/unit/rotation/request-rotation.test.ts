import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { advanceRotation } from '../../../shared/rotation/advance-rotation.ts';
import { requestRotation } from '../../../shared/rotation/request-rotation.ts';
import type { RotationPorts } from '../../../shared/rotation/rotation-ports.ts';
import { rotationState } from '../../../shared/rotation/rotation-view.ts';
import { nextDue, rotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { account } from '../../fakes/configuration.ts';
import { memoryAuditLog } from '../../fakes/memory-audit-log.ts';
import { MemoryAzure } from '../../fakes/memory-azure.ts';
import { MemoryEffects } from '../../fakes/memory-effects.ts';
import { memoryRotationPorts } from '../../fakes/memory-rotation-ports.ts';

const rotation = { every: 30 * 86_400, takeOver: false, overlap: 86_400, settle: 120, clockSkew: 300 };

describe('the waits of a rotation', () => {
  it('derive from the account’s settings and the request deadline', () => {
    const waits = rotationWaits(account({ rotation, keyCache: 60, keyStaleMax: 600 }), 10);
    expect(waits).toMatchObject({
      freeze: 60 + 600 + 10 + 300,
      settle: 120,
      overlap: 86_400,
      callTimeoutSeconds: 10,
    });
  });

  it('do not exist for an account that is not rotated or has no keys', () => {
    expect(rotationWaits(account({ rotation: null }), 10)).toBeNull();
    expect(rotationWaits(account({ rotation, keys: null }), 10)).toBeNull();
  });

  it('spread accounts over the last tenth of the period, always at the same point for one account', () => {
    const from = new Date('2026-11-22T00:00:00Z');
    const dues = Array.from({ length: 200 }, (_, index) =>
      nextDue(`account${index}`, from, rotation.every).getTime(),
    );
    const minutes = new Set(dues.map((due) => Math.floor(due / 60_000)));
    expect(minutes.size).toBeGreaterThan(180);
    for (const due of dues) {
      expect(due).toBeGreaterThanOrEqual(addSeconds(from, rotation.every * 0.9).getTime() - 1000);
      expect(due).toBeLessThanOrEqual(addSeconds(from, rotation.every).getTime());
    }
    expect(nextDue('account7', from, rotation.every).getTime()).toBe(dues[7]);
  });
});

const EVENT = {
  type: 'rotation-retiring',
  actor: 'local/eve',
  actorName: null,
  phase: 'retiring',
  activeKey: 'key1',
  detail: 'before',
} as const;

function setUp(takeOver: boolean) {
  let now = new Date('2026-11-22T12:00:00Z');
  const azure = new MemoryAzure({ clock: () => now });
  const media = account({ rotation: { ...rotation, takeOver } });
  azure.addAccount('media');
  const {
    publishedSecrets: secrets,
    keyProbe: probe,
    ...adapters
  } = memoryRotationPorts(new MemoryEffects(azure));
  const audit = memoryAuditLog();
  const ports: RotationPorts = {
    ...adapters,
    secrets,
    probe,
    events: audit,
    clock: () => now,
    instance: 'one',
    log: () => undefined,
  };
  const waits = rotationWaits(media, 10)!;
  const order = (takeOverNow = false) =>
    requestRotation(ports, media, waits, {
      by: 'local/otto',
      byName: null,
      reason: 'drill',
      takeOver: takeOverNow,
    });
  const tick = () => advanceRotation(ports, media, waits);
  return { azure, audit, ports, order, tick, pass: (seconds: number) => (now = addSeconds(now, seconds)) };
}

describe('an order to rotate', () => {
  it('is started by the next tick in the operator’s name', async () => {
    const { order, tick, audit } = setUp(true);
    expect(await order()).toMatchObject({
      accepted: true,
      journal: { phase: 'steady', request: { by: 'local/otto' } },
    });
    expect(await order()).toMatchObject({ accepted: false, why: 'a rotation has already been ordered' });
    await tick();
    expect(audit.events.map(({ type, actor }) => `${type} ${actor}`)).toContain(
      'rotation-preparing local/otto',
    );
  });

  it('is refused while a rotation is in progress', async () => {
    const { order, tick, pass } = setUp(true);
    await order();
    pass(2 * 86_400);
    await tick();
    await tick();
    for (const takeOver of [false, true]) {
      const answer = await order(takeOver);
      expect(answer).toMatchObject({ accepted: false, journal: { phase: 'settling' } });
      expect(answer.accepted ? '' : answer.why).toContain('already in progress (phase settling)');
    }
  });

  it('of an account in rotation takes nothing over', async () => {
    const { order, tick, audit } = setUp(true);
    await tick();
    const written = audit.events.length;
    const { journal } = await order();
    expect([journal.outbox, audit.events.slice(written)]).toEqual([[], []]);
  });

  it('is a conflict while the account cannot be observed', async () => {
    const { order, ports } = setUp(true);
    ports.journals.load = () => Promise.resolve({ journal: null, etag: null });
    await expect(order()).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is refused for an observed account without takeOver, and the reply says what the broker cannot know', async () => {
    const { order, azure } = setUp(false);
    const answer = await order();
    expect(answer).toMatchObject({ accepted: false, journal: { phase: 'observed' } });
    expect(answer.accepted ? '' : answer.why).toMatch(
      /^the broker only observes this account\. .*cannot know/,
    );
    expect(azure.regenerations).toEqual([]);
    expect(await order(true)).toMatchObject({
      accepted: true,
      journal: { phase: 'steady', takenOver: true },
    });
  });

  it('with takeOver ends a pause that a change from outside the broker caused', async () => {
    const { order, tick, azure, pass } = setUp(true);
    await tick();
    azure.regenerate('media', 'key2');
    pass(60);
    const paused = await tick();
    expect(paused).toMatchObject({ phase: 'paused' });
    const refused = await order();
    expect(refused.accepted ? '' : refused.why).toContain(`this account is paused: ${paused!.lastError!}. `);
    expect(await order(true)).toMatchObject({
      accepted: true,
      journal: { phase: 'steady', lastError: null, unpublished: false, request: { by: 'local/otto' } },
    });
  });

  it('with takeOver during a revocation lets that end first, and is due then', async () => {
    const { order, tick, ports, audit } = setUp(false);
    const observed = (await tick())!;
    const revocation = {
      by: 'local/eve',
      byName: null,
      reason: 'leaked',
      at: observed.dueAt ?? ports.clock(),
    };
    const { etag } = await ports.journals.load('media');
    const event = { ...EVENT, at: ports.clock() };
    const retiring = {
      phase: 'retiring',
      request: revocation,
      unpublished: true,
      lastError: 'no reply',
    } as const;
    const returnTo = { phase: 'observed', lastError: null } as const;
    await ports.journals.save({ ...observed, ...retiring, returnTo, outbox: [event] }, etag);
    const answer = await order(true);
    expect(answer).toMatchObject({
      accepted: true,
      journal: { ...retiring, returnTo: null, takenOver: true, dueAt: ports.clock() },
    });
    const details = answer.journal.outbox.map(({ detail }) => detail);
    expect(details).toEqual(['before', 'taken over: drill']);
    expect(audit.events.map(({ detail }) => detail)).not.toContain('taken over: drill');
  });
});

describe('the state of a rotation', () => {
  const UNREAD = { liveTokens: null, deaths: null };

  it('is overdue once the rotation has taken longer than its settings allow', async () => {
    const { tick, ports } = setUp(true);
    const journal = await tick();
    const waits = rotationWaits(account({ rotation: { ...rotation, takeOver: true } }), 10)!;
    const due = journal!.dueAt!;
    const at = (seconds: number) =>
      rotationState(account(), journal, waits, UNREAD, addSeconds(due, seconds));
    expect(at(waits.patience)).toMatchObject({ phase: 'steady', overdue: false, activeKey: 'key1' });
    expect(at(waits.patience + 1).overdue).toBe(true);
    expect(rotationState(account(), null, null, UNREAD, ports.clock())).toMatchObject({
      phase: null,
      overdue: false,
    });
  });
});
