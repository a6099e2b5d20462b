import { AzureNamedKeyCredential, generateTableSas } from '@azure/data-tables';
import * as blobs from '@azure/storage-blob';
import * as directories from '@azure/storage-file-datalake';
import * as files from '@azure/storage-file-share';
import * as queues from '@azure/storage-queue';
import { expect, it } from 'vitest';
import { SAS_VERSIONS } from '../../../shared/azure/sas-versions.ts';
import { parseSasQuery } from '../../../shared/sas/sas-query.ts';
import { NEWEST_SAS_VERSION } from '../../../shared/sas/sas-string-to-sign.ts';
import { TABLE_SAS_VERSION } from '../../../shared/sas/table-sas.ts';
import { SAMPLE_KEY } from './sas-samples.ts';

const common = { expiresOn: new Date('2026-11-22T15:15:00Z') };
const of = (query: { toString(): string }) => parseSasQuery(query.toString()).get('sv');

// An SDK signs the newest layout that it knows under any newer label, so a new package may know more or sign differently.
it('each SDK’s own version is the newest that the broker requests from it', () => {
  const permissions = blobs.BlobSASPermissions.parse('r');
  const queuePermissions = queues.QueueSASPermissions.parse('r');
  const filePermissions = files.ShareSASPermissions.parse('r');
  const directoryPermissions = directories.DirectorySASPermissions.parse('r');
  expect({
    blobs: of(
      blobs.generateBlobSASQueryParameters(
        { ...common, containerName: 'c', blobName: 'b', permissions },
        new blobs.StorageSharedKeyCredential('media', SAMPLE_KEY),
      ),
    ),
    accounts: of(
      blobs.generateAccountSASQueryParameters(
        { ...common, services: 'b', resourceTypes: 'o', permissions: blobs.AccountSASPermissions.parse('r') },
        new blobs.StorageSharedKeyCredential('media', SAMPLE_KEY),
      ),
    ),
    queues: of(
      queues.generateQueueSASQueryParameters(
        { ...common, queueName: 'jobs', permissions: queuePermissions },
        new queues.StorageSharedKeyCredential('media', SAMPLE_KEY),
      ),
    ),
    files: of(
      files.generateFileSASQueryParameters(
        { ...common, shareName: 'docs', permissions: filePermissions },
        new files.StorageSharedKeyCredential('media', SAMPLE_KEY),
      ),
    ),
    directories: of(
      directories.generateDataLakeSASQueryParameters(
        {
          ...common,
          fileSystemName: 'fs',
          pathName: 'd',
          isDirectory: true,
          permissions: directoryPermissions,
        },
        new directories.StorageSharedKeyCredential('media', SAMPLE_KEY),
      ),
    ),
    tables: of(generateTableSas('Inventory', new AzureNamedKeyCredential('media', SAMPLE_KEY))),
  }).toEqual({
    blobs: NEWEST_SAS_VERSION,
    accounts: NEWEST_SAS_VERSION,
    queues: NEWEST_SAS_VERSION,
    // Directories: the broker signs newer versions again by its own layout.
    files: NEWEST_SAS_VERSION,
    directories: '2026-02-06',
    tables: TABLE_SAS_VERSION,
  });
  expect(SAS_VERSIONS.at(-1)).toBe(NEWEST_SAS_VERSION);
});
