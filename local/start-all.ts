export interface Stoppable {
  stop(): Promise<void>;
}

/** Waits for every service to start. If one fails, stops the others and throws the first error. */
export async function startAll<T extends Stoppable[]>(starting: {
  [K in keyof T]: Promise<T[K]>;
}): Promise<T> {
  const results = await Promise.allSettled<Stoppable>(starting);
  const started = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (!failed) return started as T;
  await Promise.all(started.map((service) => service.stop()));
  throw failed.reason as Error;
}
