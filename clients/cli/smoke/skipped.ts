/** A check that cannot be made with what was given. Its message says what it needs. */
export class Skipped extends Error {}
