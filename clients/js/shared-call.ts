import { abortReason } from './runtime.ts';

/** A call that several callers wait for. It ends early only if all of them stop waiting. */
export class SharedCall<T> {
  readonly #controller = new AbortController();
  readonly #result: Promise<T>;
  #waiting = 0;
  #isKept: boolean;

  /**
   * Starts the call.
   * @param isKept true if it continues without anyone who waits
   */
  constructor(run: (signal: AbortSignal) => Promise<T>, isKept = false) {
    this.#isKept = isKept;
    this.#result = run(this.#controller.signal);
    this.#result.catch(() => undefined);
  }

  get isAborted(): boolean {
    return this.#controller.signal.aborted;
  }

  /** Resolves, or rejects, once the call has ended. */
  get settled(): Promise<unknown> {
    return this.#result.then(
      () => undefined,
      () => undefined,
    );
  }

  /** Waits for the call's result, or rejects with the signal's reason. */
  join(signal?: AbortSignal): Promise<T> {
    if (signal === undefined) {
      this.#isKept = true;
      return this.#result;
    }
    return new Promise<T>((resolve, reject) => {
      this.#waiting += 1;
      const leave = () => {
        signal.removeEventListener('abort', abort);
        this.#waiting -= 1;
      };
      const abort = () => {
        leave();
        reject(abortReason(signal));
        if (this.#waiting === 0 && !this.#isKept) this.#controller.abort(abortReason(signal));
      };
      signal.addEventListener('abort', abort, { once: true });
      this.#result.finally(leave).then(resolve, reject);
      if (signal.aborted) abort();
    });
  }
}
