import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { RememberedBlocks } from '../../../shared/revocation/remembered-blocks.ts';
import { blockOf, blocksWorld, bob, start, uma } from './blocks-world.ts';

describe('the blocks that an instance remembers', () => {
  it('are read before the first use, once for many uses', async () => {
    const { blocks, known } = blocksWorld();
    await blocks.put(blockOf());
    const told = await Promise.all([known(0), known(0, bob), known(1), known(19.9)]);
    expect(told).toEqual(['leaked', null, 'leaked', 'leaked']);
    expect(blocks.reads).toBe(1);
  });

  it('are read again in the background once they are 20 s old, without delaying the use', async () => {
    const { blocks, known } = blocksWorld();
    await known(0);
    await blocks.put(blockOf());
    expect(await known(19.9)).toBeNull();
    expect(blocks.reads).toBe(1);
    expect(await Promise.all([known(20), known(20)])).toEqual([null, null]);
    expect(blocks.reads).toBe(2);
    await new Promise((resolve) => setImmediate(resolve));
    expect(await known(21)).toBe('leaked');
    expect(blocks.reads).toBe(2);
  });

  it('are waited for once they are 60 s old', async () => {
    const { blocks, known } = blocksWorld();
    await known(0);
    await blocks.put(blockOf());
    expect(await known(60)).toBe('leaked');
  });

  it('apply while the table fails until they are 60 s old; then nobody can tell', async () => {
    const { blocks, known, faults } = blocksWorld();
    await blocks.put(blockOf());
    await known(0);
    blocks.failing = true;
    expect([await known(30), await known(59.9)]).toEqual(['leaked', 'leaked']);
    await expect(known(60)).rejects.toMatchObject({ code: 'storage_unavailable' });
    await expect(known(60, bob)).rejects.toMatchObject({ code: 'storage_unavailable' });
    expect(faults.length).toBeGreaterThan(0);
    blocks.failing = false;
    expect(await known(62)).toBe('leaked');
  });

  it('cannot be told if the table fails at the first read', async () => {
    const { blocks, known } = blocksWorld();
    blocks.failing = true;
    await expect(known(0)).rejects.toMatchObject({ code: 'storage_unavailable' });
    blocks.failing = false;
    expect(await known(2)).toBeNull();
  });

  it('are read at most once a second while the table fails', async () => {
    const { blocks, known } = blocksWorld();
    await known(0);
    blocks.failing = true;
    for (const seconds of [30, 30.1, 30.5, 30.9]) {
      await known(seconds);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(blocks.reads).toBe(2);
    await known(31);
    expect(blocks.reads).toBe(3);
    await expect(known(90)).rejects.toThrow();
    await expect(known(90.9)).rejects.toThrow();
    expect(blocks.reads).toBe(4);
  });

  it('end at their instant without another read', async () => {
    const { blocks, known } = blocksWorld();
    await blocks.put(blockOf({ until: addSeconds(start, 10) }));
    expect([await known(0), await known(9.9), await known(10)]).toEqual(['leaked', 'leaked', null]);
    expect(blocks.reads).toBe(1);
  });

  it('include what this instance changed, at once', async () => {
    const { block, known, remembered, blocks } = blocksWorld();
    expect(await known(0)).toBeNull();
    const { block: placed } = await block();
    expect([await known(1), await known(1, bob)]).toEqual(['leaked', null]);
    await blocks.remove(placed);
    remembered.noteUnblocked(uma);
    expect(await known(2)).toBeNull();
  });

  it('keep a change of this instance although a read that began before it ends after it', async () => {
    const { blocks, known, remembered } = blocksWorld();
    await known(0);
    const list = blocks.list.bind(blocks);
    let open = (): void => undefined;
    blocks.list = async () => {
      const early = await list();
      await new Promise<void>((resolve) => (open = resolve));
      return early;
    };
    await known(20);
    await new Promise((resolve) => setImmediate(resolve));
    blocks.list = list;
    await blocks.put(blockOf());
    remembered.noteBlocked(blockOf());
    open();
    await new Promise((resolve) => setImmediate(resolve));
    expect(await known(19)).toBe('leaked');
  });

  it('are read once for all uses, also while an outdated read ends', async () => {
    const { blocks, known, remembered } = blocksWorld();
    const list = blocks.list.bind(blocks);
    const open: (() => void)[] = [];
    blocks.list = async () => {
      const listed = await list();
      await new Promise<void>((resolve) => open.push(resolve));
      return listed;
    };
    const outdated = known(0);
    remembered.noteBlocked(blockOf());
    const uses = [known(1)];
    await new Promise((resolve) => setImmediate(resolve));
    open[0]!();
    await outdated;
    uses.push(known(2));
    await new Promise((resolve) => setImmediate(resolve));
    for (const end of open.slice(1)) end();
    await Promise.all(uses);
    expect(blocks.reads).toBe(2);
  });

  it.each([
    [8, 8],
    [30, 20],
  ])('are read within a call’s %d seconds, but in at most 20', async (callTimeoutSeconds, seconds) => {
    const deadlines: Date[] = [];
    const list = async (deadline: Date) => {
      deadlines.push(deadline);
      return [];
    };
    await new RememberedBlocks({ blocks: { list }, callTimeoutSeconds }).blockOf(uma, start);
    expect(deadlines).toEqual([addSeconds(start, seconds)]);
  });

  it('fail as the table fails although nothing listens for faults', async () => {
    const { blocks } = blocksWorld();
    blocks.failing = true;
    const remembered = new RememberedBlocks({ blocks, callTimeoutSeconds: 8 });
    await expect(remembered.blockOf(uma, start)).rejects.toMatchObject({ code: 'storage_unavailable' });
  });

  it('are read again if the clock was set back', async () => {
    const { blocks, known } = blocksWorld();
    await known(3600);
    await blocks.put(blockOf());
    // A request may be this late.
    expect(await known(3585)).toBeNull();
    expect(await known(0)).toBe('leaked');
  });
});
