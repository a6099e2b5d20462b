/**
 * Runs one call to Azure and gives it up after `milliseconds`, whether or not the SDK heeds its signal (credentials
 * do not all).
 * @throws what the call throws, or `TimeoutError`.
 */
export async function withinDeadline<T>(
  milliseconds: number,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const signal = AbortSignal.timeout(milliseconds);
  let giveUp = (): void => undefined;
  const deadline = new Promise<never>((_resolve, reject) => {
    giveUp = () => reject(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
  });
  try {
    return await Promise.race([call(signal), deadline]);
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
