import { expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import { blockSchema, blockView } from '../../../shared/revocation/block-view.ts';
import { blockOf, start } from './blocks-world.ts';

it.each([
  ['that ends', addSeconds(start, 60), '2026-11-22T12:01:00Z'],
  ['that never ends', null, null],
])('a block %s is shown as the schema says', (_, until, shown) => {
  const block = blockOf({ until });
  const view = blockView(block);
  expect(view).toEqual({ ...block, at: '2026-11-22T12:00:00Z', until: shown });
  expect(blockSchema.parse(view)).toEqual(view);
});
