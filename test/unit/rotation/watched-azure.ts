import type { StorageAccount } from '../../../shared/config/broker-config.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import { parseJournal } from '../../../shared/rotation/table-journal-text.ts';
import { MemoryAzure } from '../../fakes/memory-azure.ts';
import type { KeyName } from '../../../shared/azure/services.ts';

/** A service SAS that an instance handed out: the storage takes it while its key's value is alive. */
export interface HandedOut {
  readonly value: string;
  /** On the storage's clock. */
  readonly expiresAt: number;
}

interface WatchedOptions {
  readonly clock: () => Date;
  readonly account: StorageAccount;
  /** Milliseconds. */
  readonly overlap: number;
  readonly clockSkew: number;
  /** From the last moment a key can be read until the row of the last token that it signs. */
  readonly lastUse: number;
}

/**
 * An Azure in memory that knows what may not happen: every regeneration is held against the tokens that live on the
 * key, the instances that could still sign with it, and the secret. `wrongs` lists what went wrong.
 */
export class WatchedAzure extends MemoryAzure {
  readonly wrongs: string[] = [];
  readonly handedOut: HandedOut[] = [];
  /** Whether an instance may still sign with a value; the world sets it. */
  couldSign: (value: string) => boolean = () => false;
  /** Values that a hand other than the broker's ended, or that an operator gave up: their tokens are excused. */
  readonly excused = new Set<string>();
  /** What a stranger's secret held that never was a key of the account. */
  readonly strangers = new Set<string>();
  readonly #options: WatchedOptions;
  readonly #supersededAt = new Map<string, number>();
  readonly #unordered = new Set<string>();
  #byHand = false;

  constructor(options: WatchedOptions) {
    super(options);
    this.#options = options;
  }

  /** What somebody does who is not the broker. */
  byHand<T>(act: () => T): T {
    this.#byHand = true;
    try {
      return act();
    } finally {
      this.#byHand = false;
    }
  }

  /** An operator gives a key up: its value of now may die. */
  giveUp(key: KeyName): void {
    this.excused.add(this.#value(key));
  }

  /** The clock was set back; what lasts, lasts longer by it, but what was dead stays dead. Milliseconds. */
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

  /** The value that a reader of the secret gets; null where it gets none. */
  published(): string | null {
    const newest = this.secret(this.#options.account)?.versions.at(-1);
    return newest?.enabled === true ? newest.text : null;
  }

  override setSecret(account: StorageAccount, text: string, tags?: Readonly<Record<string, string>>): string {
    if (this.secret(account)?.versions.at(-1)?.text !== text) this.#withdrawn(account);
    this.#supersededAt.delete(text);
    const version = super.setSecret(account, text, tags);
    if (this.#byHand || this.excused.has(text) || !this.#isOrdered(text)) this.#unordered.add(version);
    if (this.#byHand) {
      if (!this.isAlive(text)) this.strangers.add(text);
    }
    return version;
  }

  override disableSecret(account: StorageAccount): void {
    this.#withdrawn(account);
    super.disableSecret(account);
  }

  override deleteSecret(account: StorageAccount): void {
    this.#withdrawn(account);
    super.deleteSecret(account);
  }

  /** From now on nobody reads what was published; it counts from the first such moment. */
  #withdrawn(account: StorageAccount): void {
    const former = this.secret(account)?.versions.at(-1)?.text;
    if (former !== undefined && !this.#supersededAt.has(former))
      this.#supersededAt.set(former, this.clock().getTime());
  }

  override regenerate(account: string, key: KeyName): string {
    const value = this.#value(key);
    if (this.#byHand) this.excused.add(value);
    else this.#judge(key, value);
    return super.regenerate(account, key);
  }

  /**
   * The tokens of a key are counted: no row of one may come after. An instance may have read it just before it was
   * superseded, and serve it from its memory, as its vault failed from then on.
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
    if (this.excused.has(value) || this.#isGivenUp(key)) {
      this.excused.add(value);
      return;
    }
    const live = this.handedOut.filter((token) => token.value === value && token.expiresAt > now);
    if (live.length > 0) this.wrong(`${key} died with ${live.length} tokens living on it`);
    if (this.couldSign(value)) this.wrong(`${key} died while an instance could sign with it`);
    const supersededAt = this.#supersededAt.get(value);
    const { overlap, clockSkew } = this.#options;
    if (supersededAt !== undefined && now + clockSkew < supersededAt + overlap)
      this.wrong(`${key} died before its overlap was over`);
  }

  #isGivenUp(key: KeyName): boolean {
    return this.#journal()?.compromised.includes(key) ?? false;
  }

  /** False for a publication that was on its way while the rotation went on: it is mended at the next look. */
  #isOrdered(text: string): boolean {
    const journal = this.#journal();
    if (journal === null) return true;
    const standby = journal.active === 'key1' ? 'key2' : 'key1';
    return text === this.#value(journal.phase === 'publishing' ? standby : journal.active);
  }

  #journal(): RotationJournal | null {
    const { name } = this.#options.account;
    const journal = parseJournal(this.journals.get(name)?.text ?? '', name);
    return journal.ok ? journal.value : null;
  }
}
