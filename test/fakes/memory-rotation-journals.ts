import { BrokerError } from '../../shared/broker-error.ts';
import {
  hasOrder,
  type JournalEntry,
  type RotationJournal,
  type RotationJournals,
} from '../../shared/rotation/rotation-journal.ts';
import type { Fault } from './effects.ts';
import { knownJournalText, parseKnownJournal } from './journal-texts.ts';
import type { MemoryEffects } from './memory-effects.ts';

/** The state table of an Azure in memory. */
export class MemoryRotationJournals implements RotationJournals {
  readonly #effects: MemoryEffects;

  constructor(effects: MemoryEffects) {
    this.#effects = effects;
  }

  load(account: string): Promise<JournalEntry> {
    const read = (): JournalEntry => {
      const stored = this.#effects.azure.journals.get(account);
      if (stored === undefined) return { journal: null, etag: null };
      const journal = parseKnownJournal(stored.text, account);
      if (!journal.ok) throw unavailable(`the journal of ${account}: ${journal.fault.message}`);
      return { journal: journal.value, etag: stored.etag };
    };
    return this.#effects.perform({ name: 'load', account, detail: '' }, read, broken);
  }

  save(journal: RotationJournal, etag: string | null): Promise<JournalEntry | null> {
    const { azure } = this.#effects;
    const { account, phase } = journal;
    const text = knownJournalText(journal);
    const act = (): JournalEntry | null => {
      if ((azure.journals.get(account)?.etag ?? null) !== etag) return null;
      const saved = azure.unique('etag');
      azure.journals.set(account, { text, etag: saved });
      return { journal, etag: saved };
    };
    return this.#effects.perform({ name: 'save', account, detail: phase }, act, broken);
  }

  withOrders(): Promise<readonly string[]> {
    const { journals } = this.#effects.azure;
    const read = (): string[] =>
      [...journals].flatMap(([account, { text }]) => {
        const journal = parseKnownJournal(text, account);
        return journal.ok && hasOrder(journal.value) ? [account] : [];
      });
    return this.#effects.perform({ name: 'withOrders', account: '', detail: '' }, read, broken);
  }
}

function broken(fault: Fault): never {
  throw unavailable(
    `told to ${fault.kind}`,
    fault.kind === 'throttle' ? { retryAfter: fault.retryAfter } : {},
  );
}

function unavailable(reason: string, more: { readonly retryAfter?: number } = {}): BrokerError {
  return new BrokerError('storage_unavailable', 'The rotation journal is currently unavailable.', {
    reason,
    ...more,
  });
}
