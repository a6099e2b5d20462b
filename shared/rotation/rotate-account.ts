import { createHash } from 'node:crypto';
import type { AuditLog } from '../audit/audit-record.ts';
import type { KeyName } from '../azure-storage.ts';
import { BrokerError, describeFailure } from '../broker-error.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import type { SecretText } from '../keys/signing-keys.ts';
import type { LiveTokenCounts } from './live-tokens.ts';
import type { KeyProbe, ManagedKeys } from './managed-keys.ts';
import { nextStep } from './next-step.ts';
import type { PublishedSecret, PublishedSecrets } from './published-secrets.ts';
import type { JournalEntry, KeyHashes, RotationJournal, RotationJournals } from './rotation-journal.ts';
import type { Facts, RotationContext, SecretFact, Step } from './rotation-step.ts';
import type { RotationWaits } from './rotation-waits.ts';

/** Everything that rotation needs from outside. */
export interface RotationPorts {
  readonly journals: RotationJournals;
  readonly managedKeys: ManagedKeys;
  readonly secrets: PublishedSecrets;
  readonly probe: KeyProbe;
  readonly liveTokens: LiveTokenCounts;
  readonly events: Pick<AuditLog, 'appendEvent'>;
  readonly clock: () => Date;
  /** Names this broker instance in claims; of no other process at any time. */
  readonly instance: string;
  readonly log: (event: string, fields: Readonly<Record<string, string | null>>) => void;
}

/** More steps than any state needs in one go: a loop would otherwise run up the bill of a subscription. */
const MAX_STEPS = 60;

type Keys = Readonly<Record<KeyName, SecretText>>;

/**
 * Advances one account as far as it can go now, one durable step at a time, and returns its journal. A crash anywhere,
 * or two instances at once, ends in the same place: each step is decided on what is journalled under an ETag.
 * @throws BrokerError of the port that failed, after it was noted in the journal; nothing is half done.
 */
export async function rotateAccount(
  ports: RotationPorts,
  account: StorageAccount,
  waits: RotationWaits,
): Promise<RotationJournal | null> {
  const run = new Run(ports, account, waits, await ports.journals.load(account.name));
  try {
    for (let steps = 0; steps < MAX_STEPS; steps += 1) if (await run.step()) break;
    await run.note(null);
    return run.journal;
  } catch (error) {
    await run.note(error);
    throw error;
  }
}

/** One tick of one account: what it has read since its last save, and the key values that go with it. */
class Run {
  readonly #ports: RotationPorts;
  readonly #account: StorageAccount;
  readonly #waits: RotationWaits;
  #entry: JournalEntry;
  #facts: Facts = {};
  #keys: Keys | null = null;

  constructor(ports: RotationPorts, account: StorageAccount, waits: RotationWaits, entry: JournalEntry) {
    this.#ports = ports;
    this.#account = account;
    this.#waits = waits;
    this.#entry = entry;
  }

  get journal(): RotationJournal | null {
    return this.#entry.journal;
  }

  /** Takes one step; true where there is none to take now. */
  async step(): Promise<boolean> {
    await this.#writeEvents();
    const step = nextStep(this.#entry.journal, this.#facts, this.#context());
    if (step.do === 'wait') return true;
    if (step.do === 'save') await this.#save(step.journal);
    else if (step.do === 'regenerate') await this.#regenerate(step);
    else if (step.do !== 'publish' || (await this.#isCurrent()))
      this.#facts = { ...this.#facts, ...(await this.#learn(step)) };
    return false;
  }

  /** Keeps what ended a tick where operators see it; a rotation that runs again clears it. */
  async note(error: unknown): Promise<void> {
    const { journal, etag } = this.#entry;
    const failure = error === null ? null : failureText(error);
    const retryAfter = error instanceof BrokerError ? error.retryAfter : null;
    const notBefore = retryAfter === null ? null : addSeconds(this.#ports.clock(), retryAfter);
    if (journal === null || (failure === journal.lastFailure && notBefore === null)) return;
    try {
      const noted = { ...journal, lastFailure: failure, notBefore: notBefore ?? journal.notBefore };
      await this.#ports.journals.save(noted, etag);
    } catch {
      // The failure itself is on its way to the log; that it could not be noted tells nothing more.
    }
  }

  #context(): RotationContext {
    const { clock, instance } = this.#ports;
    const takeOver = this.#account.rotation?.takeOver ?? false;
    return { account: this.#account.name, waits: this.#waits, takeOver, instance, now: clock() };
  }

  /** Events leave the journal only once they are in the audit table: at least once, in order. */
  async #writeEvents(): Promise<void> {
    const { journal } = this.#entry;
    if (journal === null || journal.outbox.length === 0) return;
    const { events, clock, log } = this.#ports;
    for (const event of journal.outbox) {
      await events.appendEvent({ ...event, account: journal.account }, this.#deadline(clock()));
      log(event.type, { account: journal.account, actor: event.actor, detail: event.detail });
    }
    await this.#replace({ ...journal, outbox: [] });
  }

  async #save(journal: RotationJournal): Promise<boolean> {
    const saved = await this.#replace(journal);
    this.#facts = {};
    this.#keys = null;
    return saved;
  }

  /** Under the ETag; where another instance was faster, its journal counts and what was read is worth nothing. */
  async #replace(journal: RotationJournal): Promise<boolean> {
    const saved = await this.#ports.journals.save(journal, this.#entry.etag);
    this.#entry = saved ?? (await this.#ports.journals.load(this.#account.name));
    if (saved === null) this.#facts = {};
    return saved !== null;
  }

  /**
   * A vault knows nothing of the journal's ETag, so a publication's reason is looked at once more before it: an
   * instance that was held up since it read the keys would bring one back that has died.
   */
  async #isCurrent(): Promise<boolean> {
    const entry = await this.#ports.journals.load(this.#account.name);
    if (entry.etag === this.#entry.etag) return true;
    this.#entry = entry;
    this.#facts = {};
    return false;
  }

  /** Sent only by the instance whose claim is journalled, and once. */
  async #regenerate(step: Extract<Step, { do: 'regenerate' }>): Promise<void> {
    if (!(await this.#save(step.journal))) return;
    const until = step.journal.claim?.until ?? this.#ports.clock();
    const regeneration = await this.#ports.managedKeys.regenerate(this.#account, step.key, until);
    this.#facts = { regeneration };
  }

  async #learn(step: Exclude<Step, { do: 'save' | 'wait' | 'regenerate' }>): Promise<Facts> {
    switch (step.do) {
      case 'read':
        return this.#read(step.what);
      case 'probe':
        return { opens: { ...this.#facts.opens, [step.key]: await this.#opens(step.key) } };
      case 'count':
        return { tokens: { ...this.#facts.tokens, [step.key]: await this.#count(step.key) } };
      case 'publish':
        return this.#publish(step.key);
      case 'disable':
        await this.#ports.secrets.disableAllBut(this.#account, step.keep);
        return { disabled: true };
    }
  }

  async #read(what: 'times' | 'keys' | 'keysAgain' | 'secret'): Promise<Facts> {
    const { managedKeys, secrets } = this.#ports;
    switch (what) {
      case 'times':
        return { times: await managedKeys.times(this.#account) };
      case 'secret':
        return { secret: secretFact(await secrets.latest(this.#account)) };
      case 'keys':
      case 'keysAgain':
        this.#keys = await managedKeys.list(this.#account);
        return { [what]: hashesOf(this.#keys) };
    }
  }

  async #opens(key: KeyName): Promise<boolean> {
    this.#keys ??= await this.#ports.managedKeys.list(this.#account);
    return this.#ports.probe.opens(this.#account, this.#keys[key]);
  }

  #count(key: KeyName) {
    const now = this.#ports.clock();
    return this.#ports.liveTokens.signedWith(this.#account.name, key, {
      // Not since the key was made: Azure's clock says when, rows carry ours, and one that was set back hides tokens.
      issuedSince: null,
      // By storage's clock a token may live on that is dead by this one.
      now: addSeconds(now, -this.#waits.clockSkew),
      deadline: this.#deadline(now),
    });
  }

  /** The value that is published is the one that was journalled, or nothing is. */
  async #publish(key: KeyName): Promise<Facts> {
    this.#keys ??= await this.#ports.managedKeys.list(this.#account);
    const hashes = hashesOf(this.#keys);
    if (hashes[key] !== this.#entry.journal?.hashes[key]) return { keys: hashes };
    await this.#ports.secrets.publish(this.#account, key, this.#keys[key]);
    return { published: true, secret: secretFact(await this.#ports.secrets.latest(this.#account)) };
  }

  #deadline(now: Date): Date {
    return addSeconds(now, this.#waits.callDeadline);
  }
}

/** Lower-case hex SHA-256 of a key's base64 text. */
export function keyHash(key: SecretText): string {
  return createHash('sha256').update(key.reveal()).digest('hex');
}

function hashesOf(keys: Keys): KeyHashes {
  return { key1: keyHash(keys.key1), key2: keyHash(keys.key2) };
}

function secretFact(secret: PublishedSecret | null): SecretFact | null {
  if (secret === null) return null;
  const { version, key, enabled, managedBy } = secret;
  return { version, hash: key === null || !enabled ? null : keyHash(key), managedBy };
}

function failureText(error: unknown): string {
  return error instanceof BrokerError ? (error.reason ?? error.message) : describeFailure(error);
}
