import type { Effect, EffectName, Fault } from './effects.ts';
import type { MemoryAzure } from './memory-azure.ts';

type Hook = (effect: Effect) => void | Promise<void>;

/**
 * One broker instance's connection to Azure: counts its calls and lets a test break them. A `before` or `after` that never
 * settles is a crash that no `catch` can swallow: none of the instance's code runs after that.
 */
export class MemoryEffects {
  readonly azure: MemoryAzure;
  /** The instance's own clock. */
  readonly clock: () => Date;
  readonly calls: Effect[] = [];
  before: Hook = () => undefined;
  /** Called after the effect has taken place, failed or been delayed, and before the caller gets its reply. */
  after: Hook = () => undefined;
  readonly #next: { readonly name: EffectName; readonly fault: Fault }[] = [];
  readonly #always = new Map<EffectName, Fault>();

  constructor(azure: MemoryAzure, clock: () => Date = azure.clock) {
    this.azure = azure;
    this.clock = clock;
  }

  /** Breaks the next call of that name; a second time, the one after it. */
  next(name: EffectName, fault: Fault): void {
    this.#next.push({ name, fault });
  }

  /** Breaks every call of that name until it is set to null. */
  always(name: EffectName, fault: Fault | null): void {
    if (fault === null) this.#always.delete(name);
    else this.#always.set(name, fault);
  }

  /** Returns how often a method was called. */
  count(name: EffectName): number {
    return this.calls.filter((call) => call.name === name).length;
  }

  /** Runs one call: `act` carries out the effect, and `broken` makes what the caller gets instead of a result. */
  async perform<T>(effect: Effect, act: () => T, broken: (fault: Fault) => T): Promise<T> {
    this.calls.push(effect);
    await this.before(effect);
    const fault = this.#faultOf(effect.name);
    const reply = this.#run(effect, fault, act);
    await this.after(effect);
    return fault === null ? reply() : broken(fault);
  }

  #run<T>(effect: Effect, fault: Fault | null, act: () => T): () => T {
    if (fault === null || fault.kind === 'lose') return attempt(act);
    if (fault.kind === 'late') this.azure.late.push({ effect, land: () => void attempt(act) });
    return act;
  }

  #faultOf(name: EffectName): Fault | null {
    const at = this.#next.findIndex((planned) => planned.name === name);
    return (at < 0 ? undefined : this.#next.splice(at, 1)[0]?.fault) ?? this.#always.get(name) ?? null;
  }
}

/** Acts now, and returns a function that returns or throws the result. */
function attempt<T>(act: () => T): () => T {
  try {
    const value = act();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}
