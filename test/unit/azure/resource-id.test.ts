import { describe, expect, it } from 'vitest';
import { parseStorageAccountId } from '../../../shared/azure/resource-id.ts';

const id =
  '/subscriptions/s-1/resourceGroups/media (west)/providers/Microsoft.Storage/storageAccounts/photos';

describe('the resource id of a storage account', () => {
  it('names subscription, resource group and account', () => {
    expect(parseStorageAccountId(id)).toEqual({
      subscription: 's-1',
      resourceGroup: 'media (west)',
      name: 'photos',
    });
  });

  it('is read in any case, because Azure changes the case of its words', () => {
    const lower = id.toLowerCase();
    expect(parseStorageAccountId(lower)).toEqual(parseStorageAccountId(id));
  });

  it.each([
    ['nothing', ''],
    ['a resource group', '/subscriptions/s-1/resourceGroups/media'],
    ['a vault', id.replace('Microsoft.Storage/storageAccounts', 'Microsoft.KeyVault/vaults')],
    ['a part of the account', `${id}/blobServices/default`],
    ['a URL', `https://management.azure.com${id}`],
    ['an empty part', id.replace('s-1', '')],
  ])('is not %s', (_what, text) => {
    expect(parseStorageAccountId(text)).toBeNull();
  });
});
