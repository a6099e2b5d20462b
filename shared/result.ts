/**
 * A value, or what is wrong. Inside the core every function that can fail on its input returns one; a `BrokerError` is
 * thrown only where the whole call is over.
 */
export type Result<Value, Fault> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly fault: Fault };

export const ok = <Value>(value: Value): Result<Value, never> => ({ ok: true, value });

export const fail = <Fault>(fault: Fault): Result<never, Fault> => ({ ok: false, fault });
