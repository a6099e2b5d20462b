import { beforeEach, describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds, formatInstant } from '../../../shared/iso-time.ts';
import { revoke } from '../../../shared/revocation/revoke.ts';
import { memoryBlockPorts } from '../../fakes/memory-blocks.ts';
import { revocationWorld } from './revocation-world.ts';

const ann = { issuer: 'local', subject: 'ann' };
const key2 = { name: 'regenerate-key', on: { account: 'media', key: 'key2' } } as const;
let world: ReturnType<typeof revocationWorld>;
let blocks: ReturnType<typeof memoryBlockPorts>;

beforeEach(async () => {
  world = revocationWorld();
  await world.settle();
  blocks = memoryBlockPorts({ events: world.audit, clock: world.clock });
});

const act = (toBlock: typeof ann | null) =>
  revoke({ ...world.ports, blocks }, world.order({ caller: ann }, key2, { toBlock }), world.call());
const blocked = async () =>
  (await blocks.blocks.list()).map(({ subject, reason, by }) => [subject, reason, by]);

describe('an act', () => {
  it('blocks the caller, and says when every instance refuses them', async () => {
    const before = world.value('key2');
    const answer = await act(ann);
    expect(await blocked()).toEqual([['ann', 'leaked', 'local/otto']]);
    expect(world.value('key2')).not.toBe(before);
    const latest = formatInstant(addSeconds(world.clock(), 60));
    expect(answer.blockedBy! <= latest).toBe(true);
    expect(world.audit.events.map(({ type }) => type)).toContain('block');
  });

  it('blocks nobody unless it is told to', async () => {
    expect((await act(null)).blockedBy).toBeNull();
    expect(await blocked()).toEqual([]);
  });

  it('pulls no lever if the block cannot be written', async () => {
    const before = world.value('key2');
    blocks.blocks.failing = true;
    await expect(act(ann)).rejects.toBeInstanceOf(BrokerError);
    expect(world.value('key2')).toBe(before);
    expect((await world.journal()).compromised).toEqual([]);
  });
});
