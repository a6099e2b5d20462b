import type { Effect, Fault } from '../../fakes/effects.ts';
import type { RotationWorld, Rotator } from './rotation-world.ts';

/** A rotator whose effects wait for a cue, so that a test can interleave several rotators. */
export class StagedRotator {
  readonly rotator: Rotator;
  /** The effect that waits for its cue; null between ticks. */
  at: Effect | null = null;
  /** When it began to wait, on Azure's clock in milliseconds. */
  since = 0;
  #cue: () => void = () => undefined;
  #whenParked: () => void = () => undefined;
  #ended: Promise<unknown> = Promise.resolve();
  #dying = false;
  readonly #world: RotationWorld;

  constructor(world: RotationWorld, name: string, ahead: boolean) {
    this.#world = world;
    this.rotator = world.rotator(name, ahead);
    this.rotator.effects.before = (effect) => {
      Object.assign(this, { at: effect, since: world.now });
      this.#whenParked();
      return new Promise<void>((go) => (this.#cue = go));
    };
    this.rotator.effects.after = () => (this.#dying ? this.rotator.halt() : undefined);
  }

  /** Starts a tick, or other work of this instance, up to its first effect. */
  async begin(work: () => Promise<unknown> = () => this.rotator.tick(this.#world)): Promise<void> {
    await this.#untilParked(() => {
      this.#ended = work();
    });
  }

  /** Lets the effect take place, with the fault if one is given, up to the next effect or the end of the tick. */
  async advance(fault: Fault | null = null): Promise<void> {
    const { at } = this;
    if (at === null) return;
    if (fault !== null) this.rotator.effects.next(at.name, fault);
    await this.#untilParked(() => this.#cue());
  }

  /** Plays the whole tick, or the rest of it. */
  async finish(): Promise<void> {
    if (this.at === null) await this.begin();
    while (this.at !== null) await this.advance();
  }

  /** Dies before the effect, or after it. */
  async die(withEffect: boolean, fault: Fault | null = null): Promise<void> {
    if (this.at === null) return;
    this.#dying = true;
    if (withEffect) await this.advance(fault);
    else await Promise.resolve(void this.rotator.halt());
    this.at = null;
  }

  async #untilParked(go: () => void): Promise<void> {
    this.at = null;
    const parked = new Promise<void>((resolve) => (this.#whenParked = resolve));
    go();
    await Promise.race([parked, this.#ended]);
  }
}
