/**
 * The longest life of a user delegation SAS, in seconds: Azure's 7 days minus an hour. The broker requests the key
 * with a start in the past, and the key must outlive the token.
 */
export const MAX_USER_DELEGATION_TTL = 7 * 86_400 - 3600;

/** How many stored access policies Azure allows per container, queue, table or share. */
export const MAX_POLICIES = 5;
