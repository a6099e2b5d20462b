import type { Effect, EffectName, Fault } from '../../fakes/effects.ts';
import { type RotationWorld, type Rotator, TICK } from './rotation-world.ts';

/** One way in which an effect fails. */
export interface Mode {
  readonly name: string;
  /** When the instance dies: before the effect, after it, or at the journal write that follows. */
  readonly dies: 'before' | 'after' | 'before the save' | null;
  readonly fault: Fault | null;
  /** When a late effect takes place. */
  readonly lands: 'before the next tick' | 'after the next tick' | 'at the last moment' | null;
}

const mode = (name: string, parts: Partial<Mode>): Mode => ({
  name,
  dies: null,
  fault: null,
  lands: null,
  ...parts,
});

const LATE: Fault = { kind: 'late' };
const READ_MODES = [
  mode('crash before', { dies: 'before' }),
  mode('crash after', { dies: 'after' }),
  mode('fails', { fault: { kind: 'fail' } }),
  mode('throttled', { fault: { kind: 'throttle', retryAfter: 15 } }),
];
const WRITE_MODES = [
  ...READ_MODES,
  mode('refused', { fault: { kind: 'refuse' } }),
  mode('reply lost', { fault: { kind: 'lose' } }),
  mode('dies, lands before the next tick', { dies: 'after', fault: LATE, lands: 'before the next tick' }),
  mode('dies, lands after the next tick', { dies: 'after', fault: LATE, lands: 'after the next tick' }),
  mode('lives, lands before the next tick', { fault: LATE, lands: 'before the next tick' }),
  mode('lives, lands after the next tick', { fault: LATE, lands: 'after the next tick' }),
];
const OUTSIDE_MODES = [...WRITE_MODES, mode('crash before its save', { dies: 'before the save' })];
const REGENERATION_MODES = [
  ...OUTSIDE_MODES,
  mode('dies, lands at the last moment', { dies: 'after', fault: LATE, lands: 'at the last moment' }),
  mode('lives, lands at the last moment', { fault: LATE, lands: 'at the last moment' }),
];

const MODES: Partial<Record<string, readonly Mode[]>> = {
  save: WRITE_MODES,
  publish: OUTSIDE_MODES,
  disableAllBut: OUTSIDE_MODES,
  appendEvent: OUTSIDE_MODES,
  regenerate: REGENERATION_MODES,
};

export const modesOf = (name: EffectName): readonly Mode[] => MODES[name] ?? READ_MODES;

export interface Flow {
  readonly name: string;
  /** Returns the world in which the flow starts. */
  start(): Promise<RotationWorld>;
  /** How many regenerations there must have been, at least and at most. The phase is steady at the end. */
  readonly regenerations: readonly [number, number];
}

/** One effect of an undisturbed flow. */
export interface Boundary {
  readonly index: number;
  readonly phase: string;
  readonly effect: Effect;
}

const MOST_TICKS = 120;
/** The number of ticks after the end in which nothing may happen. */
const REST = 3;

/**
 * Returns every effect of a flow, once for each state of the journal in which it takes place, because waiting ticks repeat
 * themselves. `events`: the events that the flow writes, which every cell must write too.
 */
export async function boundariesOf(
  flow: Flow,
): Promise<{ readonly boundaries: readonly Boundary[]; readonly events: readonly string[] }> {
  const world = await flow.start();
  const rotator = world.rotator('first', false);
  const found = new Map<string, Boundary>();
  let [index, place] = [0, 0];
  let before = '';
  rotator.effects.before = (effect) => {
    const text = world.azure.journals.get(world.account.name)?.text ?? '';
    place = effect.name === 'load' || text !== before ? 0 : place + 1;
    before = text;
    const attempt = world.journal?.attempt ? ', attempted' : '';
    const phase = `${world.journal?.phase ?? 'no journal'}${attempt}`;
    const key = `${text} ${place} ${effect.name} ${effect.detail}`;
    if (!found.has(key)) found.set(key, { index, phase, effect });
    index += 1;
  };
  for (let ticks = 0; ticks < MOST_TICKS && !(ticks > 0 && isAtRest(world)); ticks += 1) {
    world.pass(TICK);
    await rotator.tick(world);
  }
  return { boundaries: [...found.values()], events: typesOf(world) };
}

const typesOf = (world: RotationWorld): string[] => [...new Set(world.events.map(({ type }) => type))];

/** Plays a flow in which one effect fails, and returns what is wrong at the end. */
export async function playCell(
  flow: Flow,
  { index }: Boundary,
  how: Mode,
  events: readonly string[],
): Promise<string[]> {
  const world = await flow.start();
  // The instance whose clock is ahead takes over, because its waits end earlier.
  const [first, second] = [world.rotator('first', false), world.rotator('second', true)];
  const cell = arm(world, first, index, how);
  let rest = 0;
  for (let ticks = 0; ticks < MOST_TICKS && rest < REST; ticks += 1) {
    world.pass(TICK);
    const wasHit = cell.hit;
    land(world, wasHit && how.lands === 'before the next tick');
    land(world, wasHit && how.lands === 'at the last moment' && isLastMoment(world, cell.sentAt));
    await (first.isHalted || (wasHit && ticks % 2 === 0) ? second : first).tick(world);
    land(world, wasHit && how.lands === 'after the next tick');
    rest = cell.hit && world.azure.late.length === 0 && isAtRest(world) ? rest + 1 : 0;
  }
  const [least, most] = flow.regenerations;
  const count = world.azure.regenerations.length;
  const told = typesOf(world);
  return [
    ...(cell.hit ? [] : ['the effect never came']),
    ...world.faultsAtRest(),
    ...events.filter((type) => !told.includes(type)).map((type) => `no event ${type}`),
    ...(count < least || count > most ? [`${count} regenerations`] : []),
  ];
}

function arm(
  world: RotationWorld,
  rotator: Rotator,
  index: number,
  how: Mode,
): { hit: boolean; sentAt: number } {
  const cell = { hit: false, sentAt: 0 };
  let [calls, isThis] = [0, false];
  rotator.effects.before = ({ name }) => {
    if (cell.hit && how.dies === 'before the save' && name === 'save') return rotator.halt();
    isThis = calls === index;
    calls += 1;
    if (!isThis) return undefined;
    Object.assign(cell, { hit: true, sentAt: world.now });
    if (how.fault !== null) rotator.effects.next(name, how.fault);
    return how.dies === 'before' ? rotator.halt() : undefined;
  };
  rotator.effects.after = () => (isThis && how.dies === 'after' ? rotator.halt() : undefined);
  return cell;
}

function land(world: RotationWorld, now: boolean): void {
  if (now) world.azure.landLate();
}

/** Returns true from `settle` after the attempt's deadline on; an effect that comes later is beyond the guarantee. */
function isLastMoment(world: RotationWorld, sentAt: number): boolean {
  const { callTimeoutSeconds, settle } = world.waits;
  return world.now >= sentAt + (callTimeoutSeconds + settle) * 1000;
}

/** Returns true if nothing is left to do and no rotation has been ordered. */
function isAtRest(world: RotationWorld): boolean {
  const { journal } = world;
  if (journal?.phase !== 'steady' || journal.request !== null || journal.outbox.length > 0) return false;
  const published = world.azure.published() === world.value(journal.active);
  return published && journal.compromised.length === 0 && journal.lastFailure === null;
}
