import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { blockId, MAX_BLOCKS } from '../../../shared/revocation/block.ts';
import { unblockCaller } from '../../../shared/revocation/change-blocks.ts';
import { activeBlocksOf, listBlocks } from '../../../shared/revocation/list-blocks.ts';
import { blockOf, blocksWorld, bob, start, uma } from './blocks-world.ts';

const deadline = new Date('2099-01-01T00:00:00Z');
const anyone = { issuer: null, subject: null };

describe('blocking a caller', () => {
  it('writes the block and an event, and says when every instance refuses the caller', async () => {
    const { block, blocks, audit, setClock } = blocksWorld();
    setClock(0.5);
    const answer = await block({ until: addSeconds(start, 3600) });
    const at = addSeconds(start, 0.5);
    expect(answer).toEqual({
      block: blockOf({ at, until: addSeconds(start, 3600) }),
      blockedBy: addSeconds(start, 61),
    });
    expect(await blocks.list()).toEqual([answer.block]);
    expect(audit.events).toEqual([
      {
        ...{ at, type: 'block', account: null, actor: 'local/otto', actorName: 'Otto' },
        detail: 'local/uma until 2026-11-22T13:00:00Z: leaked',
      },
    ]);
  });

  it('again replaces the block under its id', async () => {
    const { block, blocks, setClock } = blocksWorld();
    const first = await block({ until: addSeconds(start, 60) });
    setClock(5);
    const second = await block({ reason: 'leaked again' });
    expect(second.block.id).toBe(first.block.id);
    expect(await blocks.list()).toEqual([second.block]);
  });

  it('has an id of its own for each issuer and subject', () => {
    const callers = [uma, bob, { issuer: 'local/u', subject: 'ma' }, { issuer: 'local', subject: '/uma' }];
    const ids = callers.map(blockId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
  });

  it('holds if the event cannot be written, and trying again is harmless', async () => {
    const { block, blocks, audit } = blocksWorld();
    audit.failWith('refuse');
    await expect(block()).rejects.toMatchObject({
      code: 'audit_unavailable',
      message: expect.stringContaining('is blocked') as string,
      reason: 'the test made it fail',
    });
    expect(await blocks.list()).toHaveLength(1);
    audit.failWith(null);
    await block();
    expect(await blocks.list()).toHaveLength(1);
    expect(audit.events).toHaveLength(1);
  });

  it('writes no event if the block cannot be written', async () => {
    const { block, blocks, audit } = blocksWorld();
    blocks.failing = true;
    await expect(block()).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(audit.events).toEqual([]);
  });

  it('is refused beyond the greatest number of blocks, except for a caller who has one', async () => {
    const { block, blocks } = blocksWorld();
    const others = Array.from({ length: MAX_BLOCKS - 1 }, (_, index) => blockOf({ subject: `s${index}` }));
    for (const other of others) await blocks.put(other);
    await block();
    await expect(block(bob)).rejects.toMatchObject({ code: 'conflict' });
    await block({ reason: 'again' });
    expect(await blocks.list()).toHaveLength(MAX_BLOCKS);
  });

  it('makes room by removing at most ten blocks that ended long ago, and not the caller’s own', async () => {
    const { block, blocks, setClock } = blocksWorld();
    const until = addSeconds(start, 60);
    const inForce = Array.from({ length: MAX_BLOCKS - 12 }, (_, index) => blockOf({ subject: `s${index}` }));
    const ended = Array.from({ length: 12 }, (_, index) => blockOf({ subject: `ended${index}`, until }));
    for (const other of [...ended, ...inForce]) await blocks.put(other);
    setClock(2 * 3600);
    await block(bob);
    expect(await blocks.list()).toHaveLength(MAX_BLOCKS - 10 + 1);
    const removed: string[] = [];
    const remove = blocks.remove.bind(blocks);
    blocks.remove = (one) => {
      removed.push(one.subject);
      return remove(one);
    };
    await block({ subject: 'ended10' });
    expect(removed).toEqual(['ended11']);
  });

  it('removes blocks that ended over an hour ago, and only those', async () => {
    const { block, blocks, setClock } = blocksWorld();
    await block({ subject: 'long ago', until: addSeconds(start, 60) });
    await block({ subject: 'lately', until: addSeconds(start, 61) });
    setClock(60 + 3600);
    await block(bob);
    expect((await blocks.list()).map(({ subject }) => subject)).toEqual(['lately', 'bob']);
  });
});

describe('unblocking a caller', () => {
  it('writes an event that says what ended, and removes the block', async () => {
    const { block, blocks, audit, ports, call, setClock, known } = blocksWorld();
    const { block: other } = await block(bob);
    const { block: placed } = await block();
    expect([await known(9), await known(9, bob)]).toEqual(['leaked', 'leaked']);
    setClock(9);
    await unblockCaller(ports, placed.id, { ...call, by: 'local/olga', byName: null });
    expect([await known(9), await known(9, bob)]).toEqual([null, 'leaked']);
    expect(await blocks.list()).toEqual([other]);
    expect(audit.events.at(-1)).toEqual({
      ...{ at: addSeconds(start, 9), type: 'unblock', account: null, actor: 'local/olga', actorName: null },
      detail: 'local/uma, blocked by local/otto: leaked',
    });
  });

  it('does not happen if the event cannot be written', async () => {
    const { block, blocks, audit, ports, call } = blocksWorld();
    const { block: placed } = await block();
    audit.failWith('refuse');
    await expect(unblockCaller(ports, placed.id, call)).rejects.toMatchObject({ code: 'audit_unavailable' });
    expect(await blocks.list()).toHaveLength(1);
  });

  it('finds no block that never existed, was removed or has ended', async () => {
    const { block, ports, call, audit, setClock } = blocksWorld();
    const removed = (await block()).block.id;
    await unblockCaller(ports, removed, call);
    const ended = (await block({ ...bob, until: addSeconds(start, 60) })).block.id;
    setClock(60);
    const events = audit.events.length;
    for (const id of ['', 'no-such-id', removed, ended])
      await expect(unblockCaller(ports, id, call)).rejects.toMatchObject({ code: 'not_found' });
    expect(audit.events).toHaveLength(events);
  });

  it('also removes a block that replaces the first one in the meantime, and records both', async () => {
    const { block, blocks, ports, call, audit } = blocksWorld();
    const { block: placed } = await block();
    const append = audit.appendEvent.bind(audit);
    let replaced = false;
    audit.appendEvent = async (event, until) => {
      if (!replaced) await blocks.put({ ...placed, reason: 'worse' });
      replaced = true;
      await append(event, until);
    };
    await unblockCaller(ports, placed.id, call);
    expect(await blocks.list()).toEqual([]);
    const unblocked = audit.events.filter(({ type }) => type === 'unblock');
    expect(unblocked.map(({ detail }) => detail.split(': ')[1])).toEqual(['leaked', 'worse']);
  });

  it('fails after three tries if the block is replaced each time', async () => {
    const { block, blocks, ports, call, audit } = blocksWorld();
    const { block: placed } = await block();
    let tries = 0;
    blocks.remove = async () => {
      tries += 1;
      if (tries > 9) throw new Error('It does not end');
      return false;
    };
    await expect(unblockCaller(ports, placed.id, call)).rejects.toMatchObject({
      code: 'storage_unavailable',
      retryAfter: 1,
    });
    expect([tries, audit.events.filter(({ type }) => type === 'unblock').length]).toEqual([3, 3]);
  });

  it('succeeds if another operator removes the block in the meantime', async () => {
    const { block, blocks, ports, call } = blocksWorld();
    const { block: placed } = await block();
    const remove = blocks.remove.bind(blocks);
    blocks.remove = async (one) => {
      await remove(one);
      return remove(one);
    };
    await expect(unblockCaller(ports, placed.id, call)).resolves.toBeUndefined();
    expect(await blocks.list()).toEqual([]);
  });
});

describe('the list of blocks', () => {
  it('has those in force, newest first, and can be narrowed to an issuer and a subject', async () => {
    const { block, ports, setClock } = blocksWorld();
    await block({ ...bob, until: addSeconds(start, 60) });
    setClock(1);
    await block(uma);
    setClock(2);
    await block({ ...uma, issuer: 'other' });
    const subjects = async (filter: object) =>
      (await listBlocks(ports, { ...anyone, ...filter }, deadline)).map(
        ({ issuer, subject }) => `${issuer}/${subject}`,
      );
    expect(await subjects({})).toEqual(['other/uma', 'local/uma', 'local/bob']);
    expect(await subjects({ issuer: 'local' })).toEqual(['local/uma', 'local/bob']);
    expect(await subjects({ subject: 'uma' })).toEqual(['other/uma', 'local/uma']);
    expect(await subjects({ issuer: 'local', subject: 'uma' })).toEqual(['local/uma']);
    expect(await subjects({ issuer: 'none' })).toEqual([]);
    setClock(60);
    expect(await subjects({})).toEqual(['other/uma', 'local/uma']);
  });

  it('tells which of some callers are blocked', async () => {
    const { block, ports, setClock } = blocksWorld();
    await block(uma);
    await block({ ...bob, until: addSeconds(start, 60) });
    const active = async (callers: (typeof uma)[]) =>
      (await activeBlocksOf(ports, callers, deadline)).map(({ subject }) => subject);
    expect(await active([uma, { issuer: 'other', subject: 'bob' }])).toEqual(['uma']);
    expect(await active([])).toEqual([]);
    expect((await active([uma, bob])).sort()).toEqual(['bob', 'uma']);
    setClock(60);
    expect(await active([uma, bob])).toEqual(['uma']);
  });
});
