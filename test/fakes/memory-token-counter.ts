import { auditReadFailure } from '../../shared/audit/audit-unavailable.ts';
import type { KeyName } from '../../shared/azure/services.ts';
import { wholeSecond } from '../../shared/iso-time.ts';
import {
  type CountProgress,
  type CountRange,
  otherKeyId,
  type TokenCounter,
} from '../../shared/rotation/token-count.ts';
import type { Fault } from './effects.ts';
import type { MemoryEffects } from './memory-effects.ts';

/** Counts `MemoryAzure.tokens`. */
export class MemoryTokenCounter implements TokenCounter {
  /** How many rows one call has time to read; the next call reads the rest. */
  rowsPerCall = Infinity;
  readonly #effects: MemoryEffects;

  constructor(effects: MemoryEffects) {
    this.#effects = effects;
  }

  countSignedWith(account: string, key: KeyName, range: CountRange): Promise<CountProgress> {
    const tooLate = this.#effects.clock() >= range.deadline;
    const read = (): CountProgress => {
      if (tooLate || this.rowsPerCall === 0) throw auditReadFailure('deadline passed');
      return this.#read(account, key, range);
    };
    return this.#effects.perform({ name: 'signedWith', account, detail: key }, read, broken);
  }

  #read(account: string, key: KeyName, { hashes, issuedSince, now, begun }: CountRange): CountProgress {
    const except = otherKeyId(key, hashes);
    const asked = JSON.stringify([account, except, issuedSince]);
    const goesOn = begun?.rest?.endsWith(asked) === true ? begun : NOTHING;
    const [began = now.getTime(), from = -1] = goesOn.rest?.split(' ').slice(0, 2).map(Number) ?? [];
    const rows = inTableOrder(this.#effects.azure.tokens).filter(([place]) => place > from);
    const read = rows.slice(0, this.rowsPerCall);
    const expiries = read
      .map(([, token]) => token)
      .filter((token) => token.account === account && (token.keyId === null || token.keyId !== except))
      // The table stores whole seconds, rounded down.
      .filter(({ issuedAt }) => issuedSince === null || issuedAt >= wholeSecond(issuedSince))
      .map(({ expiresAt }) => expiresAt.getTime())
      .filter((expiry) => expiry > began);
    const latest = Math.max(goesOn.latestExpiry?.getTime() ?? 0, ...expiries);
    return {
      count: goesOn.count + expiries.length,
      latestExpiry: latest === 0 ? null : new Date(latest),
      rest: read.length < rows.length ? `${began} ${read.at(-1)?.[0] ?? from} ${asked}` : null,
    };
  }
}

const NOTHING: CountProgress = { count: 0, latestExpiry: null, rest: null };

/**
 * Returns a row's position in the table: a new row may come anywhere between those that were read. Knuth's multiplier gives
 * each row a position of its own.
 */
export const placeOf = (index: number): number => Math.imul(index, 0x9e3779b1) >>> 0;

function inTableOrder<Token>(tokens: readonly Token[]): (readonly [number, Token])[] {
  return tokens.map((token, index) => [placeOf(index), token] as const).sort(([one], [other]) => one - other);
}

function broken(fault: Fault): never {
  throw auditReadFailure(`told to ${fault.kind}`);
}
