import type { DeathOrder, Deaths } from '../deaths/death.ts';
import type { PolicyPlace, StoredPolicy } from './stored-policy.ts';

/** A policy that a change deletes, and with it the tokens that are based on it. */
export interface PolicyDeath {
  /** The id of its death, from `policyDeathId`. */
  readonly id: string;
  readonly policy: string;
  readonly order: DeathOrder;
}

/** Records the deaths of policies that the changes under one lease delete, before storage is told to delete them. */
export class PolicyDeaths {
  readonly #deaths: Pick<Deaths, 'order' | 'withdraw'>;
  readonly #place: PolicyPlace;
  readonly #deadline: Date;
  readonly #ordered = new Map<string, PolicyDeath>();

  constructor(deaths: Pick<Deaths, 'order' | 'withdraw'>, place: PolicyPlace, deadline: Date) {
    this.#deaths = deaths;
    this.#place = place;
    this.#deadline = deadline;
  }

  /** @throws BrokerError `storage_unavailable`. */
  async order(deaths: readonly PolicyDeath[]): Promise<void> {
    const { account, service, name } = this.#place;
    for (const { id, policy, order } of deaths) {
      this.#ordered.set(id, { id, policy, order });
      const dead = { what: 'policy', service, place: name, policy } as const;
      await this.#deaths.order({ id, account: account.name, dead, order }, this.#deadline);
    }
  }

  /**
   * Takes back the orders for policies that are still in `remaining`, which is certain to be storage's list. A withdrawal
   * that fails is left: the death stays without proof, because the policy is never read back as gone.
   */
  async withdraw(remaining: readonly StoredPolicy[]): Promise<void> {
    const account = this.#place.account.name;
    for (const { id, policy } of this.#ordered.values())
      if (remaining.some((one) => one.id === policy))
        await this.#deaths.withdraw({ account, id }, this.#deadline).catch(() => undefined);
  }
}
