/**
 * A value, or what is wrong. Every function of the core that can reject its input returns one. A `BrokerError` is thrown
 * only where the whole call is over.
 */
export type Result<Value, Fault> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly fault: Fault };

export const ok = <Value>(value: Value): Result<Value, never> => ({ ok: true, value });

export const fail = <Fault>(fault: Fault): Result<never, Fault> => ({ ok: false, fault });

/** A fault of one value: the tag is for code, the message for whoever sent the value. */
export interface Rejection<Reason extends string = 'invalid'> {
  readonly reason: Reason;
  readonly message: string;
}

/** Rejects one value; code has nothing to distinguish, so the message says it all. */
export const invalid = (message: string): Result<never, Rejection> => fail({ reason: 'invalid', message });
