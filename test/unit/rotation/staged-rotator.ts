import type { Effect, Fault } from '../../fakes/effects.ts';
import type { Rotator, RotationWorld } from './rotation-world.ts';

/** A rotator whose every effect waits for its cue, so that several can be played against each other. */
export class StagedRotator {
  readonly rotator: Rotator;
  /** The effect it is about to have; null between ticks. */
  at: Effect | null = null;
  /** Since when, on Azure's clock. */
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

  /** Begins a tick, up to its first effect. */
  async begin(): Promise<void> {
    await this.#untilParked(() => {
      this.#ended = this.rotator.tick(this.#world);
    });
  }

  /** Has the effect, in that way, and goes up to the next one or to the end of the tick. */
  async advance(fault: Fault | null = null): Promise<void> {
    const { at } = this;
    if (at === null) return;
    if (fault !== null) this.rotator.effects.next(at.name, fault);
    await this.#untilParked(() => this.#cue());
  }

  /** The whole tick, or what is left of it. */
  async finish(): Promise<void> {
    if (this.at === null) await this.begin();
    while (this.at !== null) await this.advance();
  }

  /** Dies before the effect, or with the effect had. */
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
