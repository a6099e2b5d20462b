/** What `sessionStorage` keeps from leaving for the provider until the return. It is of no use without the code. */
export interface Pending {
  readonly verifier: string;
  readonly state: string;
  readonly nonce: string;
  /** Where to go back to: `#/…`, or empty. */
  readonly back: string;
}

/** Reads the provider's answer from the part of an address behind "#"; null for a place of the console. */
export function readAnswer(hash: string): URLSearchParams | null {
  if (hash.startsWith('#/')) return null;
  const answer = new URLSearchParams(hash.slice(1));
  return answer.has('state') && (answer.has('code') || answer.has('error')) ? answer : null;
}

/** Reads what `sessionStorage` kept; null if it is absent or not what was written. */
export function readPending(text: string | null): Pending | null {
  try {
    const { verifier, state, nonce, back } = JSON.parse(text ?? 'null') as Record<string, unknown>;
    const texts = [verifier, state, nonce, back];
    if (texts.some((member) => typeof member !== 'string')) return null;
    return { verifier, state, nonce, back } as Pending;
  } catch {
    return null;
  }
}
