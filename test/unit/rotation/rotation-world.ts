import type { KeyName } from '../../../shared/azure/services.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import type { StorageAccount } from '../../../shared/config/broker-config.ts';
import { advanceRotation } from '../../../shared/rotation/advance-rotation.ts';
import { markCompromised } from '../../../shared/rotation/mark-compromised.ts';
import type { RotationEvent, RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import type { RotationPorts } from '../../../shared/rotation/rotation-ports.ts';
import { rotationWaits, type RotationWaits } from '../../../shared/rotation/rotation-waits.ts';
import { account as accountWith } from '../../fakes/configuration.ts';
import type { Effect } from '../../fakes/effects.ts';
import { knownJournalText, parseKnownJournal } from '../../fakes/journal-texts.ts';
import { MemoryEffects } from '../../fakes/memory-effects.ts';
import { memoryRotationPorts } from '../../fakes/memory-rotation-ports.ts';
import { IssuingInstance } from './issuing-instance.ts';
import { WatchedAzure } from './watched-azure.ts';

/** In seconds. Every setting is a multiple of the tick, so that a wait that is one tick too short is noticed. */
export const TICK = 10;
export const REQUEST_DEADLINE = 10;
export const MAX_TTL = 150;
export const SETTINGS = { every: 4000, overlap: 60, settle: 30, clockSkew: 20 };
const KEY_CACHE = 20;
const KEY_STALE_MAX = 30;

const NEVER = new Promise<never>(() => undefined);
/** Lifetimes of the tokens, in seconds: mostly short ones, and now and then the longest. */
const TTLS = [20, MAX_TTL, 40, 90];

export type TickEnd = 'done' | 'failed' | 'crashed';

/** A broker instance that rotates. `halt` ends it as SIGKILL would: none of its code runs after that. */
export class Rotator {
  readonly name: string;
  readonly effects: MemoryEffects;
  readonly ports: RotationPorts;
  #halted = false;
  #whenHalted: () => void = () => undefined;
  readonly #halt = new Promise<'crashed'>((resolve) => {
    this.#whenHalted = () => resolve('crashed');
  });

  constructor(world: RotationWorld, name: string, offset: number) {
    this.name = name;
    const clock = () => new Date(world.now + offset * 1000);
    this.effects = new MemoryEffects(world.azure, clock);
    const { publishedSecrets, keyProbe, tokenCounter, ...adapters } = memoryRotationPorts(this.effects);
    const append = { name: 'appendEvent', account: world.account.name, detail: '' };
    this.ports = {
      ...adapters,
      secrets: publishedSecrets,
      probe: keyProbe,
      tokenCounter: {
        countSignedWith: (account, key, range) => {
          world.azure.judgeCount(key);
          tokenCounter.rowsPerCall = world.rowsPerCount;
          return tokenCounter.countSignedWith(account, key, range);
        },
      },
      events: {
        // An effect like the others, although it does not belong to the fakes' ports.
        appendEvent: (event) =>
          this.effects.perform(
            { ...append, detail: event.type } as unknown as Effect,
            () => void world.events.push(event as RotationEvent),
            ({ kind }) => {
              throw new BrokerError('audit_unavailable', 'The event cannot be written.', {
                reason: `told to ${kind}`,
              });
            },
          ),
      },
      clock,
      instance: name,
      log: () => undefined,
    };
  }

  get isHalted(): boolean {
    return this.#halted;
  }

  /** For a hook to return. The promise never settles, so no `catch` and no `finally` of the instance runs. */
  halt(): Promise<never> {
    this.#halted = true;
    this.#whenHalted();
    return NEVER;
  }

  tick(world: RotationWorld): Promise<TickEnd> {
    return this.run(() => advanceRotation(this.ports, world.account, world.waits));
  }

  /** Does the work until it ends, fails or the instance is halted. */
  protected async run(work: () => Promise<unknown>): Promise<TickEnd> {
    if (this.#halted) return 'crashed';
    const run = work().then(
      () => 'done' as const,
      (error: unknown) => {
        if (!(error instanceof BrokerError)) throw error;
        return 'failed' as const;
      },
    );
    return await Promise.race([run, this.#halt]);
  }
}

/**
 * One account, the instances that issue tokens from its published secret, and storage's clock. The clock of each instance
 * may differ from it by half of `clockSkew` in either direction.
 */
export class RotationWorld {
  /** Azure's clock, in milliseconds. */
  now = Date.parse('2026-11-22T12:00:00Z');
  readonly azure: WatchedAzure;
  readonly events: RotationEvent[] = [];
  readonly instances: IssuingInstance[];
  /** How many rows a count reads in one call. */
  rowsPerCount = Infinity;
  account: StorageAccount;
  waits: RotationWaits;
  readonly #configured: StorageAccount;
  #ticks = 0;
  #parsed: { readonly text: string; readonly journal: RotationJournal | null } = { text: '', journal: null };

  constructor({ takeOver = true, settings = {}, times = true } = {}) {
    const rotation = { ...SETTINGS, ...settings, takeOver };
    this.account = accountWith({
      rotation,
      maxTokenTtl: MAX_TTL,
      keyCache: KEY_CACHE,
      keyStaleMax: KEY_STALE_MAX,
    });
    this.#configured = this.account;
    this.waits = rotationWaits(this.account, REQUEST_DEADLINE)!;
    this.azure = new WatchedAzure({
      clock: () => new Date(this.now),
      account: this.account,
      overlap: rotation.overlap * 1000,
      lastUse: (KEY_CACHE + KEY_STALE_MAX + REQUEST_DEADLINE) * 1000,
    });
    this.azure.addAccount(this.account.name, times ? new Date(this.now - 86_400_000) : null);
    const half = rotation.clockSkew / 2;
    this.instances = [-half, 0, half].map(
      (offset) => new IssuingInstance(this.azure, this.account, () => this.now + offset * 1000),
    );
    this.azure.couldSign = (value) => this.instances.some((instance) => instance.couldSign(value));
  }

  /** From now on the instances that rotate have short waits, except `settle`; those that issue tokens keep theirs. */
  lowerSettings(): void {
    const { rotation } = this.#configured;
    if (rotation === null) return;
    this.account = {
      ...this.#configured,
      keyCache: 1,
      keyStaleMax: 0,
      rotation: { ...rotation, overlap: 0 },
    };
    this.waits = rotationWaits(this.account, REQUEST_DEADLINE)!;
  }

  get isLowered(): boolean {
    return this.account !== this.#configured;
  }

  restoreSettings(): void {
    this.account = this.#configured;
    this.waits = rotationWaits(this.account, REQUEST_DEADLINE)!;
  }

  /** Adds an instance whose clock is half of the skew ahead or behind. */
  rotator(name: string, ahead: boolean): Rotator {
    const half = this.waits.clockSkew / 2;
    return this.newRotator(name, ahead ? half : -half);
  }

  protected newRotator(name: string, offset: number): Rotator {
    return new Rotator(this, name, offset);
  }

  /** Adds an instance whose clock is wrong by that many seconds. */
  strayRotator(seconds: number): Rotator {
    return new Rotator(this, `stray by ${seconds} s`, seconds);
  }

  get journal(): RotationJournal | null {
    const { text } = this.azure.journals.get(this.account.name) ?? {};
    if (text === undefined) return null;
    if (this.#parsed.text !== text) {
      const journal = parseKnownJournal(text, this.account.name);
      if (!journal.ok) throw new Error(`Not a journal: ${journal.fault.message}`);
      this.#parsed = { text, journal: journal.value };
    }
    return this.#parsed.journal;
  }

  /** Changes members of the journal, as an operator's request does. */
  write(changes: Partial<RotationJournal>): void {
    const journal = this.journal;
    if (journal === null) throw new Error('There is no journal to change');
    const text = knownJournalText({ ...journal, ...changes });
    this.azure.journals.set(this.account.name, { text, etag: this.azure.unique('etag') });
  }

  /** Marks keys as compromised, as an operator does. */
  revoke(...keys: KeyName[]): void {
    for (const key of keys) this.azure.compromise(key);
    if (this.journal === null) throw new Error('There is no journal to change');
    const order = { by: 'tests/operator', byName: null, reason: 'leaked', at: new Date(this.now) };
    this.write(markCompromised(this.journal, keys, order));
  }

  /** Orders a rotation, as an operator does. */
  order(): void {
    this.write({ request: { by: 'tests/operator', byName: null, reason: 'asked', at: new Date(this.now) } });
  }

  value(key: KeyName): string {
    return this.azure.account(this.account.name).keys[key].value;
  }

  /** Hands out the tokens that were signed a tick ago, and signs others. */
  issue(): void {
    this.#ticks += 1;
    for (const [index, instance] of this.instances.entries()) {
      instance.handOut();
      // Each instance in turn loses the vault for a while and uses its cache.
      instance.vaultDown = (Math.floor(this.#ticks / 7) + index) % 3 === 0;
      instance.sign(TTLS[(this.#ticks + index) % TTLS.length]!);
    }
  }

  /** Lets time pass in ticks, while the instances issue tokens. */
  pass(seconds: number): void {
    for (let gone = 0; gone < seconds; gone += TICK) {
      this.now += Math.min(TICK, seconds - gone) * 1000;
      this.issue();
    }
  }

  /** Returns what is wrong after a rotation that nothing outside the broker disturbed; empty if nothing is. */
  faultsAtRest(phase: RotationJournal['phase'] = 'steady'): string[] {
    const { journal, azure, account } = this;
    const faults = [...azure.wrongs];
    const must = (holds: boolean, what: string): void => {
      if (!holds) faults.push(what);
    };
    must(journal?.phase === phase, `it is ${journal?.phase ?? 'without a journal'}, not ${phase}`);
    if (journal === null) return faults;
    must(journal.attempt === null, 'a attempt is left');
    must(journal.compromised.length === 0, 'a compromised key is left');
    must(journal.outbox.length === 0, 'an event was not written');
    must(journal.lastFailure === null, `a failure is left: ${journal.lastFailure ?? ''}`);
    must(journal.lastError === null || phase === 'paused', `an error is left: ${journal.lastError ?? ''}`);
    must(azure.published() === this.value(journal.active), 'the secret does not hold the active key');
    const enabled = azure.secret(account)?.versions.filter((version) => version.enabled) ?? [];
    must(
      enabled.every(({ text }) => azure.isAlive(text)),
      'a version is enabled whose key is dead',
    );
    return faults;
  }
}
