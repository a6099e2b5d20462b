/** The rule for names of storage accounts. */
export const ACCOUNT_NAME = /^[a-z0-9]{3,24}$/;
/** `ACCOUNT_NAME` in words, for messages. */
export const ACCOUNT_NAME_RULE = '3 to 24 lower-case letters and digits';

/** The rule for names of tables. */
export const TABLE_NAME = /^[A-Za-z][A-Za-z0-9]{2,62}$/;
