import type { KeyName } from '../../../shared/azure/services.ts';
import type { StorageAccount } from '../../../shared/config/broker-config.ts';
import { returnPointOf } from '../../../shared/rotation/mark-compromised.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { standbyOf } from '../../../shared/rotation/standby.ts';
import { parseKnownJournal } from '../../fakes/journal-texts.ts';
import { MemoryAzure } from '../../fakes/memory-azure.ts';

/** A service SAS that an instance handed out. Storage accepts it while the value of its key is alive. */
export interface HandedOut {
  readonly value: string;
  /** On the storage's clock. */
  readonly expiresAt: number;
}

interface WatchedOptions {
  readonly clock: () => Date;
  readonly account: StorageAccount;
  /** All lengths are in milliseconds. */
  readonly overlap: number;
  /** The time from the last read of a key until the row of the last token that it signs is written. */
  readonly lastUse: number;
}

/**
 * An Azure in memory that checks every regeneration against the live tokens of the key, the instances that could still
 * sign with it, and the published secret. `wrongs` lists what went wrong.
 */
export class WatchedAzure extends MemoryAzure {
  readonly wrongs: string[] = [];
  readonly handedOut: HandedOut[] = [];
  /** Returns true if an instance may still sign with a value; the world sets it. */
  couldSign: (value: string) => boolean = () => false;
  /** Values that something outside the broker replaced, or that are compromised: their tokens may break. */
  readonly excused = new Set<string>();
  /** Values that something outside the broker published and that never were keys of the account. */
  readonly foreignValues = new Set<string>();
  readonly #options: WatchedOptions;
  readonly #supersededAt = new Map<string, number>();
  readonly #unordered = new Set<string>();
  /** Values that the broker made and that nobody has published yet, so nobody uses them. */
  readonly #unused = new Set<string>();
  #byHand = false;

  constructor(options: WatchedOptions) {
    super(options);
    this.#options = options;
  }

  /** Runs an action as something outside the broker. */
  byHand<T>(act: () => T): T {
    this.#byHand = true;
    try {
      return act();
    } finally {
      this.#byHand = false;
    }
  }

  /** Marks the present value of a key as compromised, so that it may die. */
  compromise(key: KeyName): void {
    this.excused.add(this.#value(key));
  }

  /** The clock was set back by so many milliseconds: live tokens live longer by that, and dead ones stay dead. */
  setBack(by: number): void {
    const before = this.clock().getTime() + by;
    this.handedOut.splice(0, Infinity, ...this.handedOut.filter(({ expiresAt }) => expiresAt > before));
    for (const [value, at] of this.#supersededAt) this.#supersededAt.set(value, at - by);
  }

  wrong(what: string): void {
    this.wrongs.push(`${this.clock().toISOString().slice(11, 23)} ${what}`);
  }

  isAlive(value: string): boolean {
    return this.opens(this.#options.account.name, value);
  }

  /** Returns the value that a reader of the secret gets; null if there is none. */
  published(): string | null {
    const newest = this.secret(this.#options.account)?.versions.at(-1);
    return newest?.enabled === true ? newest.text : null;
  }

  override setSecret(account: StorageAccount, text: string, tags?: Readonly<Record<string, string>>): string {
    if (this.secret(account)?.versions.at(-1)?.text !== text) this.#withdraw(account);
    this.#supersededAt.delete(text);
    this.#unused.delete(text);
    const version = super.setSecret(account, text, tags);
    if (this.#byHand || this.excused.has(text) || !this.#isOrdered(text)) this.#unordered.add(version);
    if (this.#byHand) {
      if (!this.isAlive(text)) this.foreignValues.add(text);
    }
    return version;
  }

  override disableSecret(account: StorageAccount): void {
    this.#withdraw(account);
    super.disableSecret(account);
  }

  override deleteSecret(account: StorageAccount): void {
    this.#withdraw(account);
    super.deleteSecret(account);
  }

  /** Records from when on nobody reads the value that was published; the first such instant counts. */
  #withdraw(account: StorageAccount): void {
    const former = this.secret(account)?.versions.at(-1)?.text;
    if (former !== undefined && !this.#supersededAt.has(former))
      this.#supersededAt.set(former, this.clock().getTime());
  }

  override regenerate(account: string, key: KeyName): string {
    const value = this.#value(key);
    if (this.#byHand) this.excused.add(value);
    else this.#judge(key, value);
    const made = super.regenerate(account, key);
    if (!this.#byHand) this.#unused.add(made);
    return made;
  }

  /**
   * Checks a count of a key's tokens: no row of such a token may follow. An instance may have read the key just before it
   * was superseded and use it from its cache because its vault has failed since.
   */
  judgeCount(key: KeyName): void {
    const value = this.#value(key);
    if (this.excused.has(value)) return;
    const last = (this.#supersededAt.get(value) ?? -Infinity) + this.#options.lastUse;
    if (this.couldSign(value) || this.clock().getTime() < last)
      this.wrong(`${key} was counted while an instance could sign with it`);
  }

  #value(key: KeyName): string {
    return this.account(this.#options.account.name).keys[key].value;
  }

  #judge(key: KeyName, value: string): void {
    const now = this.clock().getTime();
    const newest = this.secret(this.#options.account)?.versions.at(-1);
    const isPublished = newest?.enabled === true && newest.text === value;
    if (isPublished && !this.#unordered.has(newest.version)) this.wrong(`${key} died while it was published`);
    if (this.excused.has(value) || this.#isCompromised(key)) {
      this.excused.add(value);
      return;
    }
    if (this.#isLeftAlone(key) && !this.#unused.has(value))
      this.wrong(`${key} died, which nobody named, on an account that the broker does not rotate`);
    const live = this.handedOut.filter((token) => token.value === value && token.expiresAt > now);
    if (live.length > 0) this.wrong(`${key} died while ${live.length} live tokens depended on it`);
    if (this.couldSign(value)) this.wrong(`${key} died while an instance could sign with it`);
    const supersededAt = this.#supersededAt.get(value);
    const { overlap } = this.#options;
    if (supersededAt !== undefined && now < supersededAt + overlap)
      this.wrong(`${key} died before its overlap was over`);
  }

  #isCompromised(key: KeyName): boolean {
    return this.#journal()?.compromised.includes(key) ?? false;
  }

  /**
   * Returns true if the broker may not regenerate the key. One that is settling was named a moment ago: a late request for it
   * may meet a value that something else made at the same time.
   */
  #isLeftAlone(key: KeyName): boolean {
    const journal = this.#journal();
    if (journal === null || (journal.settleUntil !== null && standbyOf(journal) === key)) return false;
    return !journal.takenOver || returnPointOf(journal) !== null;
  }

  /** Returns false for a publication that arrived after the rotation had moved on; the next tick repairs it. */
  #isOrdered(text: string): boolean {
    const journal = this.#journal();
    if (journal === null) return true;
    const standby = journal.active === 'key1' ? 'key2' : 'key1';
    return text === this.#value(journal.phase === 'publishing' ? standby : journal.active);
  }

  #journal(): RotationJournal | null {
    const { name } = this.#options.account;
    const journal = parseKnownJournal(this.journals.get(name)?.text ?? '', name);
    return journal.ok ? journal.value : null;
  }
}
