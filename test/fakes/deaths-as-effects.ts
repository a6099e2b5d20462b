import { BrokerError } from '../../shared/broker-error.ts';
import type { Death, DeathProof, Deaths, OrderedDeath } from '../../shared/deaths/death.ts';
import type { MemoryDeaths } from './memory-deaths.ts';
import type { MemoryEffects } from './memory-effects.ts';

type DeathId = Pick<Death, 'account' | 'id'>;

/**
 * One instance's connection to the deaths of an Azure in memory, for tests that interleave and break its calls. A change
 * that arrives late has no effect if anything was changed in between, because the table replaces rows under their ETag.
 */
export class DeathsAsEffects implements Deaths {
  readonly #effects: MemoryEffects;
  readonly #onChange: () => void;

  /** @param onChange called after each change. */
  constructor(effects: MemoryEffects, onChange: () => void) {
    this.#effects = effects;
    this.#onChange = onChange;
  }

  list(account: string, deadline: Date): Promise<readonly Death[]> {
    return this.#perform('list', account, deadline, () => this.#deaths.list(account));
  }

  order(death: OrderedDeath, deadline: Date): Promise<boolean> {
    return this.#change('order', death, deadline, () => this.#deaths.order(death));
  }

  setBack(death: DeathId, range: { readonly from: Date; readonly to: Date }, deadline: Date): Promise<void> {
    return this.#change('setBack', death, deadline, () => this.#deaths.setBack(death, range));
  }

  prove(death: DeathId, proof: DeathProof, deadline: Date): Promise<void> {
    return this.#change('prove', death, deadline, () => this.#deaths.prove(death, proof));
  }

  withdraw(death: DeathId, deadline: Date): Promise<void> {
    return this.#change('withdraw', death, deadline, () => this.#deaths.withdraw(death));
  }

  get #deaths(): MemoryDeaths {
    return this.#effects.azure.deaths;
  }

  #change<T>(detail: string, { account }: DeathId, deadline: Date, act: () => Promise<T>): Promise<T> {
    let before: string | null = null;
    const now = (): string => JSON.stringify(this.#deaths.listNow(account));
    const acting = (): Promise<T> => {
      if (before !== null && before !== now()) throw unavailable(`${detail} came too late`);
      const done = act();
      this.#onChange();
      return done;
    };
    return this.#perform(detail, account, deadline, acting, () => (before = now()));
  }

  async #perform<T>(
    detail: string,
    account: string,
    deadline: Date,
    act: () => Promise<T>,
    onBroken: () => unknown = () => undefined,
  ): Promise<T> {
    const { clock } = this.#effects;
    const inTime = (): Promise<T> => {
      if (onTime()) return act();
      throw unavailable(`${detail} timed out`);
    };
    let isLate = false;
    const onTime = (): boolean => isLate || clock() < deadline;
    return await this.#effects.perform({ name: 'deaths', account, detail }, inTime, ({ kind }) => {
      isLate = true;
      onBroken();
      throw unavailable(`told to ${kind}`);
    });
  }
}

function unavailable(reason: string): BrokerError {
  return new BrokerError('storage_unavailable', 'The record of what was revoked is currently unavailable.', {
    reason,
  });
}
