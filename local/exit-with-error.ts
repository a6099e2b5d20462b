/** Prints the error's message without its stack, and ends this process with exit code 1. */
export function exitWithError(error: unknown): never {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
