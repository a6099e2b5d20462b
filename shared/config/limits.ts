const HOUR = 3600;
const DAY = 24 * HOUR;

/** Size caps of broker.json: far above any sane file, so that a runaway one is refused before it costs anything. */
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
/** Seconds of the longest duration: far more than any member means, far less than dates can hold. */
export const MAX_SECONDS = 366 * DAY;

/** Seconds: how long a token signed with the key of an account that this broker does not rotate may live. */
export const UNROTATED_MAX_TOKEN_TTL = 7 * DAY;

/** Whole seconds that stand where `rotation` leaves a member out. */
export const ROTATION_DEFAULTS = {
  maxTokenTtl: DAY,
  overlap: DAY,
  keyCache: 60,
  keyStaleMax: 600,
  settle: 120,
  clockSkew: 300,
} as const;

/** Whole seconds that stand where a grant leaves a member out; the default never exceeds the grant's own maximum. */
export const DEFAULT_MAX_TTL = HOUR;
export const DEFAULT_TTL = 15 * 60;
