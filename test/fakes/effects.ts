/** The names of every method of rotation's ports. */
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
  | 'withOrders'
  | 'signedWith'
  /** A method of the audit log, for tests that treat it as an effect like the others. */
  | 'appendEvent'
  /** Methods of the deaths and of the probes of user delegation keys, for the same tests. */
  | 'deaths'
  | 'delegationProbe';

/** One call of a port. */
export interface Effect {
  readonly name: EffectName;
  readonly account: string;
  /** The key, the journal's phase or the version: whatever distinguishes calls of one name. */
  readonly detail: string;
}

/**
 * How one call fails.
 * - `fail`: it has no effect, and its caller cannot know that.
 * - `refuse`: it has no effect, and its caller is told so.
 * - `throttle`: like `refuse`, with the seconds after which to try again.
 * - `lose`: it has its effect, and the reply is lost.
 * - `late`: the reply is lost, and the effect waits in `MemoryAzure.late` for `landLate`.
 */
export type Fault =
  | { readonly kind: 'fail' | 'refuse' | 'lose' | 'late' }
  | { readonly kind: 'throttle'; readonly retryAfter: number };
