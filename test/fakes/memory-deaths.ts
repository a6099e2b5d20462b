import {
  type Death,
  type DeathProof,
  type Deaths,
  isSettled,
  type OrderedDeath,
} from '../../shared/deaths/death.ts';
import { mergeProofs } from '../../shared/deaths/merge-proofs.ts';

/** Deaths in memory. `failing` makes every call fail. */
export class MemoryDeaths implements Deaths {
  failing: Error | null = null;
  readonly #deaths = new Map<string, Death>();
  readonly #withdrawn = new Set<string>();

  async list(account: string): Promise<readonly Death[]> {
    this.#mayFail();
    return this.listNow(account);
  }

  /** Returns what `list` does at once, for tests that check it at a certain instant. */
  listNow(account: string): readonly Death[] {
    return [...this.#deaths]
      .filter(([key, death]) => death.account === account && !this.#withdrawn.has(key))
      .map(([, death]) => death)
      .sort((one, other) => one.order.at.getTime() - other.order.at.getTime());
  }

  async order(death: OrderedDeath): Promise<boolean> {
    this.#mayFail();
    const known = this.#deaths.get(keyOf(death));
    if (known !== undefined && isSettled(known)) return false;
    if (known === undefined) this.#deaths.set(keyOf(death), { ...death, proof: null });
    else if (
      known.dead.what === 'delegation-keys' &&
      death.dead.what === 'delegation-keys' &&
      known.dead.before < death.dead.before
    ) {
      this.#deaths.set(keyOf(death), { ...known, dead: death.dead });
      this.#withdrawn.delete(keyOf(death));
    }
    return true;
  }

  async setBack(
    death: Pick<Death, 'account' | 'id'>,
    { from, to }: { readonly from: Date; readonly to: Date },
  ): Promise<void> {
    this.#mayFail();
    const known = this.#deaths.get(keyOf(death));
    if (known?.dead.what !== 'delegation-keys' || known.dead.before.getTime() !== from.getTime()) return;
    this.#deaths.set(keyOf(death), { ...known, dead: { ...known.dead, before: to, settled: true } });
  }

  async prove(death: Pick<Death, 'account' | 'id'>, proof: DeathProof): Promise<void> {
    this.#mayFail();
    const known = this.#deaths.get(keyOf(death));
    if (known !== undefined)
      this.#deaths.set(keyOf(death), { ...known, proof: mergeProofs(known.proof, proof) });
  }

  async withdraw(death: Pick<Death, 'account' | 'id'>): Promise<void> {
    this.#mayFail();
    this.#withdrawn.add(keyOf(death));
  }

  #mayFail(): void {
    if (this.failing !== null) throw this.failing;
  }
}

const keyOf = ({ account, id }: Pick<Death, 'account' | 'id'>): string => `${account} ${id}`;
