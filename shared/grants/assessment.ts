import type { StorageAccount } from '../config/broker-config.ts';
import type { Caller } from '../identity/caller.ts';
import type { TokenRequest } from '../requests/token-request.ts';

/** When a token starts and ends. `startsAt` null: it says nothing of a start, so clock skew cannot hurt. */
export interface Lifetime {
  readonly startsAt: Date | null;
  readonly expiresAt: Date;
}

/** What a token of one grant and kind would carry, after narrowing. */
export interface Terms extends Lifetime {
  readonly permissions: string;
  readonly ip: string | null;
  readonly protocol: 'https' | 'https,http';
}

/** One way in which a request goes beyond a grant. `granted` null: no narrowing helps. */
export interface Shortfall {
  readonly field: 'kind' | 'agent' | 'permissions' | 'startsAt' | 'expiresAt' | 'ip' | 'protocol';
  readonly message: string;
  readonly asked: string | null;
  readonly granted: string | null;
}

export interface Assessment {
  readonly terms: Terms;
  readonly shortfalls: readonly Shortfall[];
}

/** What is asked, by whom, of which account. */
export interface Question {
  readonly caller: Caller;
  readonly request: TokenRequest;
  readonly account: StorageAccount;
  readonly now: Date;
}

/** One member of the request, as the grant would have it. */
export interface Part<Value> {
  readonly value: Value;
  readonly shortfall: Shortfall | null;
}
