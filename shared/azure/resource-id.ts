/** Where a storage account is in Azure Resource Manager. */
export interface StorageAccountId {
  /** The subscription's id. */
  readonly subscription: string;
  readonly resourceGroup: string;
  readonly name: string;
}

const STORAGE_ACCOUNT_ID =
  /^\/subscriptions\/([^/]+)\/resourceGroups\/([^/]+)\/providers\/Microsoft\.Storage\/storageAccounts\/([^/]+)$/i;

/**
 * Parses the Azure resource id of a storage account. Its parts may contain any character but a slash, so encode or check
 * them before they become part of a URL or a command.
 * @returns null if the text is not such a resource id.
 */
export function parseStorageAccountId(resourceId: string): StorageAccountId | null {
  const [, subscription, resourceGroup, name] = STORAGE_ACCOUNT_ID.exec(resourceId) ?? [];
  if (subscription === undefined || resourceGroup === undefined || name === undefined) return null;
  return { subscription, resourceGroup, name };
}
