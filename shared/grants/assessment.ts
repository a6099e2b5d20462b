import type { StorageAccount } from '../config/broker-config.ts';
import type { Caller } from '../identity/caller.ts';
import type { TokenRequest } from '../requests/token-request.ts';

/** When a token starts and ends. `startsAt` null: the token has no start, so clock skew has no effect. */
export interface Lifetime {
  readonly startsAt: Date | null;
  readonly expiresAt: Date;
}

/** What a token by one grant and of one kind would carry, after narrowing. */
export interface Terms extends Lifetime {
  readonly permissions: string;
  readonly ip: string | null;
  readonly protocol: 'https' | 'https,http';
}

/** One way in which a request exceeds a grant. `granted` null: narrowing cannot help. */
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

/** What is requested, by whom and from which account. */
export interface Question {
  readonly caller: Caller;
  readonly request: TokenRequest;
  readonly account: StorageAccount;
  readonly now: Date;
}

/** One member of the request, as the grant allows it. */
export interface Part<Value> {
  readonly value: Value;
  readonly shortfall: Shortfall | null;
}
