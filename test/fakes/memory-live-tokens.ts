import type { KeyName } from '../../shared/azure-storage.ts';
import { tableNotRead } from '../../shared/audit/audit-unavailable.ts';
import { wholeSecond } from '../../shared/iso-time.ts';
import type { LiveTokenCounts, LiveTokens } from '../../shared/rotation/live-tokens.ts';
import type { Fault, MemoryEffects } from './memory-effects.ts';

type Range = Parameters<LiveTokenCounts['signedWith']>[2];

/** Counts `MemoryAzure.tokens`. */
export class MemoryLiveTokens implements LiveTokenCounts {
  readonly #effects: MemoryEffects;

  constructor(effects: MemoryEffects) {
    this.#effects = effects;
  }

  signedWith(account: string, key: KeyName, range: Range): Promise<LiveTokens> {
    const { issuedSince, now, deadline } = range;
    const tooLate = this.#effects.clock() >= deadline;
    const read = (): LiveTokens => {
      if (tooLate) throw tableNotRead('deadline passed');
      const expiries = this.#effects.azure.tokens
        .filter((token) => token.account === account && (token.key ?? key) === key && token.expiresAt > now)
        // The table holds whole seconds, cut down.
        .filter(({ issuedAt }) => issuedSince === null || issuedAt >= wholeSecond(issuedSince))
        .map(({ expiresAt }) => expiresAt.getTime());
      const latest = expiries.reduce((one, other) => Math.max(one, other), 0);
      return { count: expiries.length, latestExpiry: expiries.length === 0 ? null : new Date(latest) };
    };
    return this.#effects.perform({ name: 'signedWith', account, detail: key }, read, broken);
  }
}

function broken(fault: Fault): never {
  throw tableNotRead(`told to ${fault.kind}`);
}
