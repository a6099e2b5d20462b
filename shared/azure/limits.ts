/**
 * The longest user delegation SAS in seconds: Azure's 7 days less an hour, since the key behind it is asked for
 * with a start in the past and must outlive the token.
 */
export const MAX_USER_DELEGATION_TTL = 7 * 86_400 - 3600;
