let started = 0;
let ended = 0;

/** How many loads of code this process has started and ended. Running a module's code blocks the event loop. */
export function codeLoads(): { readonly started: number; readonly ended: number } {
  return { started, ended };
}

/**
 * Returns a function that loads code with its first call and keeps it. A failed load is not kept, so that the next call
 * tries again.
 */
export function loadOnce<Value>(load: () => Promise<Value>): () => Promise<Value> {
  let loading: Promise<Value> | null = null;
  return () => {
    loading ??= counted(load).catch((error: unknown) => {
      loading = null;
      throw error;
    });
    return loading;
  };
}

async function counted<Value>(load: () => Promise<Value>): Promise<Value> {
  started += 1;
  try {
    return await load();
  } finally {
    ended += 1;
  }
}
