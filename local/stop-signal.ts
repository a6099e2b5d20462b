/**
 * Returns a signal that aborts when this process is asked to end. Call it before anything starts, because a
 * half-started stack must be stopped as well.
 */
export function listenForStop(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, abort);
  // npm sends signals to the shell that runs the script, and the shell may not pass them on. So stop when it ends.
  const parent = process.ppid;
  const checkParent = (): void => (process.ppid === parent ? undefined : abort());
  if (process.env['npm_lifecycle_event']) setInterval(checkParent, 500).unref();
  return controller.signal;
}
