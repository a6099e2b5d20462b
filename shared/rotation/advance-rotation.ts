import { signsWithKeys, type StorageAccount } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import { CurrentJournal } from './current-journal.ts';
import { nextStep } from './next-step.ts';
import type { JournalEntry, RotationJournal } from './rotation-journal.ts';
import type { RotationPorts } from './rotation-ports.ts';
import type { Facts, RotationContext, Step } from './rotation-step.ts';
import type { RotationWaits } from './rotation-waits.ts';
import { StepEffects } from './step-effects.ts';
import type { RunBudget } from './tick-budget.ts';

/** More steps than any state needs in one run. Without a limit, a loop would run up the bill of the subscription. */
const MAX_STEPS = 60;

/**
 * Advances one account as far as it can go now, one durable step at a time, and returns its journal. A crash at any point
 * and two instances at once lead to the same result, because each step is decided from the journal and saved under its
 * ETag. An account whose keys storage does not accept only gets its first journal: no key can be probed, so none is
 * trusted.
 * @param budget by default, counting tokens may take as long as one call.
 * @throws BrokerError of the port that failed, after the failure was noted in the journal; no step is left half done.
 */
export async function advanceRotation(
  ports: RotationPorts,
  account: StorageAccount,
  waits: RotationWaits,
  budget: RunBudget = {
    countUntil: addSeconds(ports.clock(), waits.callTimeoutSeconds),
    stepUntil: null,
  },
): Promise<RotationJournal | null> {
  const run = new Run(ports, account, waits, budget, await ports.journals.load(account.name));
  try {
    for (let steps = 0; steps < MAX_STEPS; steps += 1) if (await run.step()) break;
    await run.current.noteFailure(null, waits);
    return run.current.journal;
  } catch (error) {
    await run.current.noteFailure(error, waits);
    throw error;
  }
}

/** One tick of one account: its journal, and the facts that were read since the journal was last saved. */
class Run {
  readonly current: CurrentJournal;
  readonly #ports: RotationPorts;
  readonly #account: StorageAccount;
  readonly #waits: RotationWaits;
  readonly #budget: RunBudget;
  readonly #effects: StepEffects;
  #facts: Facts = {};
  #isClockRight = false;

  constructor(
    ports: RotationPorts,
    account: StorageAccount,
    waits: RotationWaits,
    budget: RunBudget,
    entry: JournalEntry,
  ) {
    this.current = new CurrentJournal(ports, account.name, entry);
    this.#ports = ports;
    this.#account = account;
    this.#waits = waits;
    this.#budget = budget;
    this.#effects = new StepEffects(ports, account, waits, budget.countUntil);
  }

  /** Takes one step. Returns true if there is no step to take now, or no time for it. */
  async step(): Promise<boolean> {
    const { countUntil, stepUntil } = this.#budget;
    if (stepUntil !== null && this.#ports.clock() >= stepUntil) return true;
    if (!(await this.current.writeOutbox(this.#waits.callTimeoutSeconds))) this.#facts = {};
    if (this.current.journal !== null && !signsWithKeys(this.#account)) return true;
    const step = nextStep(this.current.journal, this.#facts, this.#context());
    if (step.do === 'wait' || (step.do === 'count' && this.#ports.clock() >= countUntil)) return true;
    if (step.do === 'save') await this.#save(step.journal);
    else if (step.do === 'regenerate') await this.#regenerate(step);
    else if (step.do !== 'publish' || (await this.#isCurrent())) {
      const learnt = await this.#effects.carryOut(step, this.current.journal, this.#facts);
      this.#facts = { ...this.#facts, ...learnt };
      if (learnt.times !== undefined) this.#isClockRight = true;
    }
    return false;
  }

  #context(): RotationContext {
    const { clock, instance } = this.#ports;
    const takeOver = this.#account.rotation?.takeOver ?? false;
    return {
      account: this.#account.name,
      waits: this.#waits,
      takeOver,
      instance,
      isClockRight: this.#isClockRight,
      now: clock(),
    };
  }

  async #save(journal: RotationJournal): Promise<boolean> {
    const saved = await this.current.replace(journal);
    this.#facts = {};
    this.#effects.forgetKeys();
    return saved;
  }

  /** Sends the request once, and only from the instance whose attempt is in the journal. */
  async #regenerate({ key, journal }: Extract<Step, { do: 'regenerate' }>): Promise<void> {
    // Once it is replaced, its value cannot be read any more, and nothing else can prove that storage refuses it.
    const value = journal.compromised.includes(key)
      ? this.#effects.valueOf(key, journal.attempt?.before[key])
      : null;
    if (!(await this.#save(journal))) return;
    if (value !== null) this.#ports.onReplaced?.(this.#account.name, value);
    this.#facts = await this.#effects.regenerate(key, journal.attempt?.until ?? this.#ports.clock());
  }

  /**
   * The vault does not know the journal's ETag, so the reason for a publication is checked again just before it. An
   * instance that was held up since it read the keys would otherwise publish a key that is dead by now.
   */
  async #isCurrent(): Promise<boolean> {
    const current = await this.current.isCurrent();
    if (!current) this.#facts = {};
    return current;
  }
}
