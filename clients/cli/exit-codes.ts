/** The program's exit codes, which docs/command-line.md lists. */
export const EXIT = { ok: 0, refused: 1, usage: 2, interrupted: 130 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the program with a message on standard error and an exit code. */
export class Exit extends Error {
  readonly code: ExitCode;

  constructor(code: ExitCode, message: string) {
    super(message);
    this.code = code;
  }
}

/** Returns the error for a command that cannot be run as it was typed. */
export const usageFault = (message: string): Exit => new Exit(EXIT.usage, message);

/** Returns the error for what was refused, was not found or could not be done. */
export const refusal = (message: string): Exit => new Exit(EXIT.refused, message);
