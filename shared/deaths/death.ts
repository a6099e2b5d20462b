import type { Service } from '../azure/services.ts';

/** What ended the tokens that depended on it. */
export type Dead =
  /** One value of an account key, by its key id. No later key has the same. */
  | { readonly what: 'key'; readonly keyId: string }
  /**
   * Every user delegation key of the account that starts before `before`: the last instant at which the request for the
   * revocation may take effect, or, once it was answered, the instant of the answer. Then it is `settled`.
   */
  | { readonly what: 'delegation-keys'; readonly before: Date; readonly settled: boolean }
  /** A stored access policy. `place` is the container, queue, table or share that it belonged to. */
  | {
      readonly what: 'policy';
      readonly service: Service;
      readonly place: string;
      readonly policy: string;
    };

/** Who ended it, when and why. */
export interface DeathOrder {
  readonly at: Date;
  /** `issuer/subject` of an operator; null if something outside the broker did it. */
  readonly by: string | null;
  /** The operator's name, for people to read. */
  readonly byName: string | null;
  readonly reason: string;
}

/** What storage answered to a token or key that must be dead. */
export interface DeathProof {
  readonly at: Date;
  /** True if every service in `on` refused it, false if one still accepted it. */
  readonly refused: boolean;
  /** The services that answered, at least one. */
  readonly on: readonly Service[];
}

/** A fact about one account: tokens that depended on something can no longer be used. Facts are never removed. */
export interface Death {
  /** Identifies the death within its account. */
  readonly id: string;
  readonly account: string;
  readonly dead: Dead;
  readonly order: DeathOrder;
  /** Null if nothing was tried yet, or nothing answered. */
  readonly proof: DeathProof | null;
}

/** A death as it is recorded before anything is known about its effect. */
export type OrderedDeath = Omit<Death, 'proof'>;

/** Keeps deaths. Every call times out at `deadline`. */
export interface Deaths {
  /** Returns every death of the account, oldest order first. @throws BrokerError `storage_unavailable`. */
  list(account: string, deadline: Date): Promise<readonly Death[]>;
  /**
   * Records an order. Recording the same id again keeps the first order, except that `before` of delegation keys
   * moves forward until it is settled.
   * @returns false if it is settled: the order has been carried out, so nothing more may be sent for it.
   * @throws BrokerError `storage_unavailable`; the order may or may not be recorded then.
   */
  order(death: OrderedDeath, deadline: Date): Promise<boolean>;
  /**
   * Sets `before` of delegation keys back from `from` to `to`, once the request for their revocation was answered, and
   * settles the death: a later request needs another death, with its own proof. Does nothing if a further try has moved it
   * since.
   * @throws BrokerError `storage_unavailable`.
   */
  setBack(
    death: Pick<Death, 'account' | 'id'>,
    range: { readonly from: Date; readonly to: Date },
    deadline: Date,
  ): Promise<void>;
  /**
   * Records what storage answered. A proof that a service refused stays: a later one adds services, and a later
   * acceptance on a service that had refused does not replace it.
   * @throws BrokerError `storage_unavailable`.
   */
  prove(death: Pick<Death, 'account' | 'id'>, proof: DeathProof, deadline: Date): Promise<void>;
  /**
   * Takes back an order that Azure turned down, so that nothing died. `list` no longer returns it.
   * @throws BrokerError `storage_unavailable`.
   */
  withdraw(death: Pick<Death, 'account' | 'id'>, deadline: Date): Promise<void>;
}

/** Returns the id of a key's death. A key value dies once, so recording it twice is harmless. */
export function keyDeathId(keyId: string): string {
  return `key-${keyId}`;
}

/** Returns the id of a policy's death. @param random 16 characters of lower-case base32. */
export function policyDeathId(random: string): string {
  return `policy-${random}`;
}

/** Returns true if the order of a death was answered, so that nothing more may be sent for it. */
export function isSettled({ dead }: Pick<Death, 'dead'>): boolean {
  return dead.what === 'delegation-keys' && dead.settled;
}
