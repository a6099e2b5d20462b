/** One part that the broker depends on. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'failing';
  /** A problem code or a few words where it fails; never an address. */
  readonly detail: string | null;
}

export interface Readiness {
  /** unavailable: no token can be issued; degraded: some kinds, accounts or issuers cannot be served. */
  readonly status: 'ready' | 'degraded' | 'unavailable';
  readonly checks: readonly Check[];
}

/** Something to try. `essential`: without it no token can be issued at all. */
export interface Probe {
  readonly name: string;
  readonly essential: boolean;
  /** What is wrong, in a few words without an address, or null; or throws. */
  readonly run: (now: Date, deadline: Date) => Promise<string | null>;
}

const REMEMBERED_MS = 10_000;

/**
 * Runs the probes side by side and remembers the answer for 10 seconds, so that a health check cannot be used to
 * load what stands behind.
 * @param nameFault a caught failure as a short code, fit for an operator.
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
