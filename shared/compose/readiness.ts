/** One part that the broker depends on. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'failing';
  /** If the part fails: a problem code or a few words, never an address. */
  readonly detail: string | null;
}

export interface Readiness {
  /** unavailable: no token can be issued; degraded: some kinds, accounts or issuers do not work. */
  readonly status: 'ready' | 'degraded' | 'unavailable';
  readonly checks: readonly Check[];
}

/** How busy this instance is. */
export interface Load {
  /** The longest time, in milliseconds, that the event loop was blocked in the last 30 seconds. */
  readonly eventLoopDelayMs: number;
  /** Requests that wait for their turn to start. */
  readonly waitingRequests: number;
  /** Audit rows that wait or are being written. */
  readonly waitingRows: number;
}

/** A check to run. `essential`: if it fails, no token can be issued. */
export interface Probe {
  readonly name: string;
  readonly essential: boolean;
  /** Returns what is wrong, in a few words without an address, or null. May throw. */
  readonly run: (now: Date, deadline: Date) => Promise<string | null>;
}

const REMEMBERED_MS = 10_000;

/**
 * Returns a function that runs the probes in parallel and remembers the result for 10 seconds: health checks must not
 * load the services that the broker depends on.
 * @param nameFault turns a caught failure into a short code for operators.
 */
export function readinessOf(probes: readonly Probe[], nameFault: (error: unknown) => string) {
  let remembered: { readonly at: number; readonly answer: Promise<Readiness> } | null = null;
  return (now: Date, deadline: Date): Promise<Readiness> => {
    if (
      remembered === null ||
      now.getTime() - remembered.at >= REMEMBERED_MS ||
      now.getTime() < remembered.at
    )
      remembered = { at: now.getTime(), answer: probe(probes, nameFault, now, deadline) };
    return remembered.answer;
  };
}

async function probe(
  probes: readonly Probe[],
  nameFault: (error: unknown) => string,
  now: Date,
  deadline: Date,
): Promise<Readiness> {
  const checks = await Promise.all(
    probes.map(async ({ name, run }): Promise<Check> => {
      try {
        const wrong = await run(now, deadline);
        return { name, status: wrong === null ? 'ok' : 'failing', detail: wrong };
      } catch (error) {
        return { name, status: 'failing', detail: nameFault(error) };
      }
    }),
  );
  const failing = probes.filter((_, index) => checks[index]?.status === 'failing');
  const status = failing.some(({ essential }) => essential)
    ? 'unavailable'
    : failing.length > 0
      ? 'degraded'
      : 'ready';
  return { status, checks };
}
