const HOUR = 3600;
const DAY = 24 * HOUR;

/** Size limits of broker.json. They are far above any sensible file, and reject a runaway file before it costs time. */
export const MAX_FILE_BYTES = 1_048_576;
export const MAX_ACCOUNTS = 100;
export const MAX_ISSUERS = 20;
export const MAX_GRANTS = 1000;
export const MAX_RESOURCES = 100;
export const MAX_CALLER_RULES = 100;
export const MAX_CLAIMS = 20;
export const MAX_CLAIM_VALUES = 100;
export const MAX_AUDIENCES = 20;
export const MAX_TEXT = 1024;
/** The largest value of a member of `limits`. */
export const MAX_LIMIT = 1_000_000;
/** The longest duration, in seconds: far longer than any member needs, and far shorter than dates can hold. */
export const MAX_SECONDS = 366 * DAY;

/** The longest life, in seconds, of a token signed with the key of an account that this broker does not rotate. */
export const UNROTATED_MAX_TOKEN_TTL = 7 * DAY;

/** Defaults of the members of `rotation`, in whole seconds. */
export const ROTATION_DEFAULTS = {
  maxTokenTtl: DAY,
  overlap: DAY,
  keyCache: 60,
  keyStaleMax: 600,
  settle: 120,
  clockSkew: 300,
} as const;

/** Defaults of a grant's members, in whole seconds. The default TTL never exceeds the grant's own maximum. */
export const DEFAULT_MAX_TTL = HOUR;
export const DEFAULT_TTL = 15 * 60;
export const DEFAULT_MAX_AHEAD = 15 * 60;

/** Defaults of the members of `limits`. */
export const DEFAULT_CONCURRENT = 200;
export const DEFAULT_PER_MINUTE = 12_000;
export const DEFAULT_MANAGED_POLICIES = 2;
