/** Every method of the ports of rotation. */
export type EffectName =
  | 'times'
  | 'list'
  | 'regenerate'
  | 'revokeDelegationKeys'
  | 'opens'
  | 'latest'
  | 'publish'
  | 'disableAllBut'
  | 'load'
  | 'save'
  | 'signedWith'
  /** Of the audit log: no port of the fakes, for tests that make it an effect like the others. */
  | 'appendEvent';

export interface Effect {
  readonly name: EffectName;
  readonly account: string;
  /** The key, the journal's phase, the version: whatever tells calls of one name apart. */
  readonly detail: string;
}

/**
 * What becomes of one call.
 * - `fail`: it has no effect, and its caller cannot know that.
 * - `refuse`: it has no effect, and its caller is told so.
 * - `throttle`: as `refuse`, with the seconds after which to come back.
 * - `lose`: it has its effect, and the reply is lost.
 * - `late`: the reply is lost, and the effect waits in `MemoryAzure.late` for `landLate`.
 */
export type Fault =
  | { readonly kind: 'fail' | 'refuse' | 'lose' | 'late' }
  | { readonly kind: 'throttle'; readonly retryAfter: number };
