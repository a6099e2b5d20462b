/** The rule for names of storage accounts. */
export const ACCOUNT_NAME = /^[a-z0-9]{3,24}$/;

/** The rule for names of tables. */
export const TABLE_NAME = /^[A-Za-z][A-Za-z0-9]{2,62}$/;
