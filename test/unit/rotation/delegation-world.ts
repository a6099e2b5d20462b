import type { Death } from '../../../shared/deaths/death.ts';
import { tokenState } from '../../../shared/deaths/token-state.ts';
import type { Effect } from '../../fakes/effects.ts';
import { DelegatingInstance } from './delegating-instance.ts';
import { type DelegatedToken, DelegationStorage } from './delegation-storage.ts';
import { type Acted, type RevocationWatch, RevokingRotator } from './revoking-rotator.ts';
import { REQUEST_DEADLINE, RotationWorld, TICK } from './rotation-world.ts';

type WorldOptions = ConstructorParameters<typeof RotationWorld>[0];

/**
 * A world in which user delegation tokens are issued as well and operators revoke their keys. It compares what the broker
 * says about each token with what storage does.
 */
export class DelegationWorld extends RotationWorld implements RevocationWatch {
  readonly storage: DelegationStorage;
  readonly delegators: DelegatingInstance[];
  /** The deaths for which a request was sent. */
  readonly sent = new Set<string | null>();
  /** What has happened, for a test to see that the scripts get everywhere. */
  readonly reached: Set<string>;
  /** Until when each request that was sent may take effect, by Azure's clock in milliseconds. */
  readonly landsBy = new Map<Effect, number>();
  /** Lets time pass while a call waits; the model sets it. */
  pause: (seconds: number) => Promise<void> = async () => undefined;
  #checked = { tokens: 0, changes: -1 };
  #changes = 0;
  #turns = 0;
  readonly #landed = new Set<string>();
  /** For how long an instance may sign with a dead key, in milliseconds. */
  readonly #signsFor: number;

  constructor(
    options: WorldOptions & { readonly judgedBy: 'request' | 'start'; readonly reached: Set<string> },
  ) {
    super(options);
    this.reached = options.reached;
    this.storage = new DelegationStorage(options.judgedBy, () => this.now);
    const { keyCache, keyStaleMax } = this.account;
    this.#signsFor = (keyCache + keyStaleMax + REQUEST_DEADLINE + TICK) * 1000 + 2 * this.#skew;
    const half = this.waits.clockSkew / 2;
    this.delegators = [-half, 0, half].map((offset) => new DelegatingInstance(this, this.storage, offset));
  }

  protected override newRotator(name: string, offset: number): RevokingRotator {
    return new RevokingRotator(this, name, offset);
  }

  noteSent(effect: Effect, death: string | null, until: number): void {
    this.sent.add(death);
    this.landsBy.set(effect, until + this.waits.settle * 1000);
  }

  noteDeaths(): void {
    this.#changes += 1;
  }

  /** A request takes effect now: every user delegation key dies, and the death must be on record. */
  land(id: string | null): void {
    const { now, storage, azure } = this;
    storage.revocations.push(now);
    this.#landed.add(id ?? '');
    this.#changes += 1;
    const death = this.#deaths().find((one) => one.id === id);
    if (death === undefined) azure.wrong('keys died without a death');
    this.reached.add('keys died');
  }

  /** Hands out the token that was signed a tick ago, and signs another: one instance after the other. */
  async issueDelegated(): Promise<void> {
    this.#turns += 1;
    const turn = this.#turns % this.delegators.length;
    for (const [index, instance] of this.delegators.entries()) {
      instance.tableDown = (Math.floor(this.#turns / 7) + index) % 4 === 0;
      await instance.handOut();
      if (index === turn) await instance.sign(this.#turns % 4 === 0 ? 600 : 90);
    }
  }

  /** Checks an operator's reply against what storage does now. @param beganAt on Azure's clock, in milliseconds. */
  judge(acted: Acted, death: string | null, beganAt: number): void {
    const { azure } = this;
    if ('refusal' in acted) {
      const { code, message } = acted.refusal;
      this.reached.add(`refused: ${code}`);
      if (!message.includes('Nothing was revoked')) return;
      this.reached.add('nothing revoked');
      if (this.#landed.has(death ?? '')) azure.wrong('an order was refused whose request took effect');
      return;
    }
    const { state, proved } = acted.reply;
    this.reached.add(`${state}, proved: ${proved}`);
    const before = this.storage.tokens.filter(({ handedOutAt }) => handedOutAt < beganAt - this.#skew);
    const alive = before.filter((token) => this.#isUsable(token));
    if ((state === 'done' || proved === true) && alive.length > 0)
      azure.wrong(`an order is ${state}, but storage accepts ${alive.length} tokens from before`);
    if (state === 'running' && proved !== null) azure.wrong('a running order is proved');
  }

  /** Compares what the broker says about each token with what storage does. */
  checkDelegated(): void {
    const { tokens } = this.storage;
    const from = this.#checked.changes === this.#changes ? this.#checked.tokens : 0;
    if (from === tokens.length) return;
    const deaths = this.#deaths();
    for (const token of tokens.slice(from))
      if (token.expiresAt.getTime() > this.now - this.#skew) this.#check(token, deaths);
    this.#checked = { tokens: tokens.length, changes: this.#changes };
  }

  /** Returns what is wrong once everything is at rest. */
  delegatedFaultsAtRest(): string[] {
    const faults: string[] = [];
    if (this.journal?.delegationOrder !== null) faults.push('an order is left');
    for (const { id, dead } of this.#deaths())
      if (dead.what === 'delegation-keys' && !this.sent.has(id.replace(/-late$/, '')))
        faults.push(`nothing was sent for ${id}`);
    return faults;
  }

  #check(token: DelegatedToken, deaths: readonly Death[]): void {
    const { storage, azure, now, waits } = this;
    const mortal = {
      ...{ issuedAt: token.issuedAt, expiresAt: token.expiresAt },
      ...{ services: ['blob' as const], place: 'photos', policy: null },
      signedWith: { delegationKeyStartsAt: token.startsAt },
    };
    const circumstances = { now: new Date(now), clockSkew: waits.clockSkew };
    const { state } = tokenState(mortal, deaths, circumstances);
    const diedAt = storage.diedAt(token.key);
    this.reached.add(`${state}, ${diedAt === null ? 'alive' : 'dead'}`);
    if (state === 'revoked' && diedAt === null)
      azure.wrong(`a token is revoked that storage accepts: ${text(token)} ${text(deaths)}`);
    // A key that starts at the revocation, or within clockSkew after it, may be dead by storage's clock.
    const isClose = deaths.some(
      ({ dead }) =>
        dead.what === 'delegation-keys' && token.startsAt.getTime() <= dead.before.getTime() + this.#skew,
    );
    if (state === 'live' && diedAt !== null && !isClose)
      azure.wrong(`a token is live that storage refuses: ${text(token)} ${text(deaths)}`);
    if (diedAt !== null && token.handedOutAt > diedAt + this.#signsFor)
      azure.wrong('a token was handed out long after its key died');
  }

  #isUsable({ key, expiresAt }: DelegatedToken): boolean {
    return expiresAt.getTime() > this.now && this.storage.diedAt(key) === null;
  }

  get #skew(): number {
    return this.waits.clockSkew * 1000;
  }

  #deaths(): readonly Death[] {
    return this.azure.deaths.listNow(this.account.name);
  }
}

const text = (value: unknown): string => JSON.stringify(value);
