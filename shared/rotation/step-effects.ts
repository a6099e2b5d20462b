import type { KeyName } from '../azure/services.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import { hashKeys } from '../keys/key-hash.ts';
import type { RotationJournal } from './rotation-journal.ts';
import type { RotationPorts } from './rotation-ports.ts';
import type { CountFact, Facts, Step } from './rotation-step.ts';
import type { RotationWaits } from './rotation-waits.ts';
import { secretFact, type SecretFact } from './secret-fact.ts';

/** A step that reads or does something and leaves the journal unchanged. */
type EffectStep = Exclude<Step, { do: 'save' | 'wait' | 'regenerate' }>;

/** Carries out what steps do outside the journal, and returns the facts that result. Key values stay in here. */
export class StepEffects {
  readonly #ports: RotationPorts;
  readonly #account: StorageAccount;
  readonly #waits: RotationWaits;
  readonly #countUntil: Date;
  /** The values that the facts were learnt from, so that the key that is published or probed is the one compared. */
  #keys: Readonly<Record<KeyName, SecretText>> | null = null;
  /** The key that the published secret held when it was last read. */
  #published: SecretText | null = null;

  constructor(ports: RotationPorts, account: StorageAccount, waits: RotationWaits, countUntil: Date) {
    this.#ports = ports;
    this.#account = account;
    this.#waits = waits;
    this.#countUntil = countUntil;
  }

  /** Forgets the keys. Every save does so, because what was read before it is out of date after it. */
  forgetKeys(): void {
    this.#keys = null;
  }

  /** Sends the request once; `until` is the deadline of its attempt. */
  async regenerate(key: KeyName, until: Date): Promise<Facts> {
    return { regeneration: await this.#ports.managedKeys.regenerate(this.#account, key, until) };
  }

  /**
   * Carries out a step and returns the facts to add to the known ones.
   * @throws BrokerError of the port that failed.
   */
  async carryOut(step: EffectStep, journal: RotationJournal | null, known: Facts): Promise<Facts> {
    switch (step.do) {
      case 'read':
        return this.#read(step.what);
      case 'probe':
        return { opens: { ...known.opens, [step.key]: await this.#opens(step.key) } };
      case 'probe-secret':
        return { secretOpens: await this.#secretOpens() };
      case 'count':
        return { tokens: { ...known.tokens, [step.key]: await this.#count(step) } };
      case 'publish':
        return this.#publish(step.key, journal);
      case 'disable':
        await this.#ports.secrets.disableAllBut(this.#account, step.keep);
        return { disabled: true };
    }
  }

  async #read(what: 'times' | 'keys' | 'keysAgain' | 'secret'): Promise<Facts> {
    const { managedKeys } = this.#ports;
    switch (what) {
      case 'times':
        return { times: await managedKeys.times(this.#account) };
      case 'secret':
        return { secret: await this.#readSecret() };
      case 'keys':
      case 'keysAgain':
        this.#keys = await managedKeys.list(this.#account);
        return { [what]: hashKeys(this.#keys) };
    }
  }

  async #readSecret(): Promise<SecretFact | null> {
    const secret = await this.#ports.secrets.latest(this.#account);
    this.#published = secret?.key ?? null;
    return secretFact(secret);
  }

  /** Probes the value that the fact was learnt from. Without one there is nothing that instances could sign with. */
  async #secretOpens(): Promise<boolean> {
    const key = this.#published;
    return key === null || (await this.#ports.probe.opens(this.#account, key));
  }

  async #opens(key: KeyName): Promise<boolean> {
    this.#keys ??= await this.#ports.managedKeys.list(this.#account);
    return this.#ports.probe.opens(this.#account, this.#keys[key]);
  }

  async #count({ key, hashes, begun, begunAt }: Extract<Step, { do: 'count' }>): Promise<CountFact> {
    const found = await this.#ports.tokenCounter.countSignedWith(this.#account.name, key, {
      hashes,
      // Not since the key was created: Azure's clock sets that time, rows carry the broker's, and if the broker's was
      // set back, tokens would be missed.
      issuedSince: null,
      // A token that has expired by this clock may still be valid by storage's clock.
      now: addSeconds(this.#ports.clock(), -this.#waits.clockSkew),
      deadline: this.#countUntil,
      ...(begun && { begun }),
    });
    return { ...found, begunAt };
  }

  /** Publishes the key only if its value is the one in the journal. */
  async #publish(key: KeyName, journal: RotationJournal | null): Promise<Facts> {
    this.#keys ??= await this.#ports.managedKeys.list(this.#account);
    const hashes = hashKeys(this.#keys);
    if (hashes[key] !== journal?.hashes[key]) return { keys: hashes };
    await this.#ports.secrets.publish(this.#account, key, this.#keys[key]);
    return { published: true, secret: await this.#readSecret() };
  }
}
