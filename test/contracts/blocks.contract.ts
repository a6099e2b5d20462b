import { beforeEach, describe, expect, test } from 'vitest';
import { addSeconds } from '../../shared/iso-time.ts';
import { type Block, blockId, type Blocks } from '../../shared/revocation/block.ts';

const start = new Date('2026-11-22T12:00:00.123Z');
const deadline = new Date('2099-01-01T00:00:00Z');
const uma = { issuer: 'local', subject: "uma / O'Brien" };

const blockOf = (parts: Partial<Block> = {}): Block => {
  const { issuer, subject } = { ...uma, ...parts };
  return {
    ...{ id: blockId({ issuer, subject }), issuer, subject, reason: 'leaked', at: start },
    ...{ by: 'local/otto', until: null },
    ...parts,
  };
};

export function blocksContract(name: string, open: () => Promise<Blocks>): void {
  describe(`blocks (${name})`, () => {
    let blocks: Blocks;
    const list = () => blocks.list(deadline);

    beforeEach(async () => {
      blocks = await open();
    });

    test('there are none at first', async () => {
      expect(await list()).toEqual([]);
    });

    test('are listed as they were written, also those that have ended', async () => {
      const endless = blockOf();
      const ended = blockOf({ subject: 'bob', until: addSeconds(start, -1) });
      const elsewhere = blockOf({ issuer: 'other', until: addSeconds(start, 60) });
      for (const block of [endless, ended, elsewhere]) await blocks.put(block, deadline);
      const listed = await list();
      expect(listed).toHaveLength(3);
      expect(listed).toEqual(expect.arrayContaining([endless, ended, elsewhere]));
    });

    test('of one caller replace each other', async () => {
      await blocks.put(blockOf({ until: addSeconds(start, 60) }), deadline);
      const second = blockOf({ reason: 'leaked again', at: addSeconds(start, 5) });
      await blocks.put(second, deadline);
      expect(await list()).toEqual([second]);
    });

    test('of one caller that are written at the same moment leave one of them', async () => {
      const reasons = ['one', 'two', 'three'];
      await Promise.all(reasons.map((reason) => blocks.put(blockOf({ reason }), deadline)));
      const [left, ...more] = await list();
      expect(more).toEqual([]);
      expect(reasons).toContain(left?.reason);
    });

    test('are removed', async () => {
      await blocks.put(blockOf(), deadline);
      await blocks.put(blockOf({ subject: 'bob' }), deadline);
      expect(await blocks.remove(blockOf(), deadline)).toBe(true);
      expect(await list()).toEqual([blockOf({ subject: 'bob' })]);
      expect(await blocks.remove(blockOf(), deadline)).toBe(false);
    });

    test('are not removed if they were replaced since they were listed', async () => {
      await blocks.put(blockOf(), deadline);
      const [listed] = await list();
      const second = blockOf({ at: addSeconds(start, 5) });
      await blocks.put(second, deadline);
      expect(await blocks.remove(listed!, deadline)).toBe(false);
      expect(await list()).toEqual([second]);
    });
  });
}
