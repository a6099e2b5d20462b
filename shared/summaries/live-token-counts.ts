import { largestClockSkew } from '../config/broker-config.ts';
import { addSeconds } from '../iso-time.ts';
import { loadAccountFacts } from '../revocation/account-facts.ts';
import { instantAtShare, type RevocationPorts } from '../revocation/revocation-ports.ts';
import { LiveTokenFold } from './live-token-fold.ts';
import type { LiveTokenCount } from './live-token-summary.ts';

/** Everything that a count of live tokens needs from outside: the same as a plan. */
export type LiveCountPorts = Pick<
  RevocationPorts,
  'accounts' | 'liveTokens' | 'scans' | 'requestTimeoutSeconds'
> & { readonly rotation: Pick<RevocationPorts['rotation'], 'journals' | 'deaths' | 'clock'> };

/** Whom a count is for, when, and until when the reply must be sent. */
export interface LiveCountCall {
  /** `issuer/subject` of the caller. */
  readonly by: string;
  readonly now: Date;
  readonly deadline: Date;
}

const REMEMBERED_SECONDS = 30;
/** The share of the call's time in which the accounts' facts must be read. */
const FINDING_SHARE = 0.4;
/** The share of the call's time that the scan may take. */
const SCANNING_SHARE = 0.8;

/**
 * Counts live tokens for every summary at once. One scan runs at a time on this instance. Whoever asks while it runs waits
 * for its result, and a complete result is remembered for 30 seconds from the scan's end. The scan takes a place of the
 * `ScanGate` from the caller who started it; nobody else needs a place. A scan that was cut short, or that failed, answers
 * only those who waited for it.
 */
export class LiveTokenCounts {
  readonly #ports: LiveCountPorts;
  #running: Promise<LiveTokenCount> | null = null;
  #remembered: { readonly count: LiveTokenCount; readonly endedAt: Date } | null = null;

  constructor(ports: LiveCountPorts) {
    this.#ports = ports;
  }

  /**
   * Returns the live tokens of every account, at most 30 seconds old.
   * @throws BrokerError `rate_limited` if a scan is needed and too many are under way; `audit_unavailable`,
   * `storage_unavailable`.
   */
  async count(call: LiveCountCall): Promise<LiveTokenCount> {
    const remembered = this.#fresh();
    if (remembered !== null) return remembered;
    if (this.#running !== null) return this.#running;
    // A caller without a place starts nothing, so that nobody who waits is refused on that caller's account.
    return this.#ports.scans.run(call.by, () => (this.#running = this.#scan(call)));
  }

  #fresh(): LiveTokenCount | null {
    if (this.#remembered === null) return null;
    const { count, endedAt } = this.#remembered;
    const now = this.#ports.rotation.clock();
    if (now >= endedAt && now < addSeconds(endedAt, REMEMBERED_SECONDS)) return count;
    this.#remembered = null;
    return null;
  }

  async #scan(call: LiveCountCall): Promise<LiveTokenCount> {
    try {
      const count = await countLiveTokens(this.#ports, call);
      if (count.scannedAll) this.#remembered = { count, endedAt: this.#ports.rotation.clock() };
      return count;
    } finally {
      this.#running = null;
    }
  }
}

async function countLiveTokens(
  { accounts, rotation, liveTokens, requestTimeoutSeconds }: LiveCountPorts,
  { now, deadline }: LiveCountCall,
): Promise<LiveTokenCount> {
  const until = instantAtShare(now, deadline, FINDING_SHARE);
  const facts = await loadAccountFacts(rotation, [...accounts.values()], requestTimeoutSeconds, until);
  const fold = new LiveTokenFold(facts, now);
  const query = {
    account: null,
    expiresAfter: addSeconds(now, -largestClockSkew(accounts)),
    issuedSince: null,
    deadline: instantAtShare(now, deadline, SCANNING_SHARE),
  };
  const { scannedAll } = await liveTokens.scan(query, (tokens) => fold.take(tokens));
  return { asOf: now, fold, scannedAll };
}
