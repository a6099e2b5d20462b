import { abortReason } from './runtime.ts';

/** A signal that is aborted with the first of others. `unlink` must be called, or the others keep it in memory. */
export interface LinkedSignal {
  readonly signal: AbortSignal;
  readonly abort: (reason: Error) => void;
  readonly unlink: () => void;
}

/** `AbortSignal.any`, which older runtimes lack. */
export function linkSignals(sources: readonly (AbortSignal | undefined)[]): LinkedSignal {
  const controller = new AbortController();
  const links = sources
    .filter((source) => source !== undefined)
    .map((source) => ({ source, abort: () => controller.abort(abortReason(source)) }));
  for (const { source, abort } of links) {
    if (source.aborted) abort();
    source.addEventListener('abort', abort, { once: true });
  }
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
    unlink: () => links.forEach(({ source, abort }) => source.removeEventListener('abort', abort)),
  };
}
