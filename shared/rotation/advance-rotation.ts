import { signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import { CurrentJournal } from './current-journal.ts';
import { nextStep } from './next-step.ts';
import type { JournalEntry, RotationJournal } from './rotation-journal.ts';
import type { RotationPorts } from './rotation-ports.ts';
import type { Facts, RotationContext, Step } from './rotation-step.ts';
import type { RotationWaits } from './rotation-waits.ts';
import { StepEffects } from './step-effects.ts';

/** More steps than any state needs in one go: a loop would otherwise run up the bill of a subscription. */
const MAX_STEPS = 60;

/**
 * Advances one account as far as it can go now, one durable step at a time, and returns its journal. A crash anywhere,
 * or two instances at once, ends in the same place: each step is decided on what is journalled under an ETag. Of an
 * account whose keys storage does not take nothing but its first journal is made: none can be tried, so none is believed.
 * @param countUntil until when tokens may be counted; what is left is left to a later tick.
 * @throws BrokerError of the port that failed, after it was noted in the journal; nothing is half done.
 */
export async function advanceRotation(
  ports: RotationPorts,
  account: StorageAccount,
  waits: RotationWaits,
  countUntil = addSeconds(ports.clock(), waits.callTimeoutSeconds),
): Promise<RotationJournal | null> {
  const run = new Run(ports, account, waits, countUntil, await ports.journals.load(account.name));
  try {
    for (let steps = 0; steps < MAX_STEPS; steps += 1) if (await run.step()) break;
    await run.kept.note(null);
    return run.kept.journal;
  } catch (error) {
    await run.kept.note(error);
    throw error;
  }
}

/** One tick of one account: its journal, and what was learnt since that was last saved. */
class Run {
  readonly kept: CurrentJournal;
  readonly #ports: RotationPorts;
  readonly #account: StorageAccount;
  readonly #waits: RotationWaits;
  readonly #countUntil: Date;
  readonly #effects: StepEffects;
  #facts: Facts = {};

  constructor(
    ports: RotationPorts,
    account: StorageAccount,
    waits: RotationWaits,
    countUntil: Date,
    entry: JournalEntry,
  ) {
    this.kept = new CurrentJournal(ports, account.name, entry);
    this.#ports = ports;
    this.#account = account;
    this.#waits = waits;
    this.#countUntil = countUntil;
    this.#effects = new StepEffects(ports, account, waits, countUntil);
  }

  /** Takes one step; true where there is none to take now. */
  async step(): Promise<boolean> {
    if (!(await this.kept.writeEvents(this.#waits.callTimeoutSeconds))) this.#facts = {};
    if (this.kept.journal !== null && !signsWithKeys(this.#account)) return true;
    const step = nextStep(this.kept.journal, this.#facts, this.#context());
    if (step.do === 'wait' || (step.do === 'count' && this.#ports.clock() >= this.#countUntil)) return true;
    if (step.do === 'save') await this.#save(step.journal);
    else if (step.do === 'regenerate') await this.#regenerate(step);
    else if (step.do !== 'publish' || (await this.#isCurrent()))
      this.#facts = {
        ...this.#facts,
        ...(await this.#effects.learn(step, this.kept.journal, this.#facts)),
      };
    return false;
  }

  #context(): RotationContext {
    const { clock, instance } = this.#ports;
    const takeOver = this.#account.rotation?.takeOver ?? false;
    return { account: this.#account.name, waits: this.#waits, takeOver, instance, now: clock() };
  }

  async #save(journal: RotationJournal): Promise<boolean> {
    const saved = await this.kept.replace(journal);
    this.#facts = {};
    this.#effects.forgetKeys();
    return saved;
  }

  /** Sent only by the instance whose attempt is journalled, and once. */
  async #regenerate({ key, journal }: Extract<Step, { do: 'regenerate' }>): Promise<void> {
    if (!(await this.#save(journal))) return;
    this.#facts = await this.#effects.regenerate(key, journal.attempt?.until ?? this.#ports.clock());
  }

  /**
   * A vault knows nothing of the journal's ETag, so a publication's reason is looked at once more before it: an
   * instance that was held up since it read the keys would bring one back that has died.
   */
  async #isCurrent(): Promise<boolean> {
    const current = await this.kept.isCurrent();
    if (!current) this.#facts = {};
    return current;
  }
}
