import { beforeEach, describe, expect, it } from 'vitest';
import type { AdministrativeEvent } from '../../../shared/audit/audit-record.ts';
import type { Death, DeathProof } from '../../../shared/deaths/death.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { recordProof } from '../../../shared/revocation/record-proof.ts';
import type { Tried } from '../../../shared/revocation/try-death.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { someJournal } from '../rotation/journal-samples.ts';
import { revocationWorld, start } from './revocation-world.ts';

const CALL_TIMEOUT = 7;
const death: Death = {
  id: 'delegation-keys-a',
  account: 'media',
  dead: { what: 'delegation-keys', before: start, settled: false },
  order: { at: start, by: 'local/otto', byName: 'Otto', reason: 'leaked' },
  proof: null,
};
const REFUSED: Tried = { refused: true, on: ['blob', 'file'] };
const ACCEPTED: Tried = { refused: false, on: ['blob'] };

let world: ReturnType<typeof revocationWorld>;
/** What was written, with its deadline, in order. */
let written: [AdministrativeEvent | DeathProof, Date][];

beforeEach(() => {
  world = revocationWorld();
  written = [];
  const { events, deaths } = world.ports.rotation;
  events.appendEvent = async (event, deadline) => void written.push([event, deadline]);
  deaths.prove = async (_, proof, deadline) => void written.push([proof, deadline]);
});

const record = (tried: Tried, parts: Partial<Death> = {}, journal: RotationJournal | null = someJournal()) =>
  recordProof(world.ports.rotation, { ...death, ...parts }, tried, journal, CALL_TIMEOUT);

describe('the proof of a death', () => {
  it('is an event, a log line and then the proof, if storage refuses it', async () => {
    await record(REFUSED);
    const deadline = addSeconds(start, CALL_TIMEOUT);
    const detail = 'user delegation keys: refused on blob, file';
    const event = { at: start, type: 'revocation-proved', account: 'media', detail };
    const whose = { actor: 'local/otto', actorName: 'Otto', phase: 'steady', activeKey: 'key1' };
    expect(written).toEqual([
      [{ ...event, ...whose }, deadline],
      [{ at: start, ...REFUSED }, deadline],
    ]);
    expect(world.logs).toEqual([
      { event: 'event recorded', type: 'revocation-proved', account: 'media', actor: 'local/otto', detail },
    ]);
  });

  it('names no phase and key if the account has no journal, and the schedule if no operator ordered it', async () => {
    await record(REFUSED, { order: { ...death.order, by: null, byName: null } }, null);
    expect(written[0]?.[0]).toMatchObject({ actor: 'schedule', phase: null, activeKey: null });
  });

  it('is without an event while storage accepts it', async () => {
    await record(ACCEPTED);
    expect(written.map(([what]) => what)).toEqual([{ at: start, ...ACCEPTED }]);
    expect(world.logs).toEqual([]);
  });

  it.each([
    ['the same refusal', REFUSED, REFUSED, 0],
    ['the same acceptance', ACCEPTED, ACCEPTED, 0],
    ['a refusal after an acceptance', ACCEPTED, { refused: true, on: ['blob'] }, 2],
    ['a refusal on other services', REFUSED, { refused: true, on: ['blob', 'queue'] }, 2],
  ] as const)('is written again only if it is new: %s', async (_, known, tried, writes) => {
    await record(tried, { proof: { at: addSeconds(start, -60), ...known } });
    expect(written).toHaveLength(writes);
  });
});
