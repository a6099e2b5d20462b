/** Returns the bytes in use after a collection. @throws Error if Node does not run with `--expose-gc`. */
export function heapBytes(): number {
  const collect = globalThis.gc;
  if (collect === undefined) throw new Error('Run the benchmark with --expose-gc');
  collect();
  return process.memoryUsage().heapUsed;
}
