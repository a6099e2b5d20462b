import {
  generateQueueSASQueryParameters,
  QueueSASPermissions,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-queue';
import type { QueueSASSignatureValues } from '@azure/storage-queue';
import { z } from 'zod';
import type { QueueResource } from '../azure-storage.ts';
import type { StorageAccount } from '../config/broker-config.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { tokenFields } from './sas-fields.ts';
import { makeQuery, sdkDelegationKey, sdkValues } from './sas-making.ts';
import type { SigningKey } from './signer.ts';

const PROTOCOLS = { https: SASProtocol.Https, 'https,http': SASProtocol.HttpsAndHttp } as const;

export { queueFromPath, queueResourceFaults } from './queue-names.ts';

/** `resource` of a token request for a queue: its shape; `queueResourceFaults` checks the name. */
export const queueResourceSchema = z.strictObject({
  account: z.string().optional().describe('May be left out where one account is configured.'),
  service: z.literal('queue'),
  queue: z.string(),
});

/** The queue's URL without a token. */
export function queueUrl(account: StorageAccount, { queue }: QueueResource): string {
  return `${account.endpoints.queue}/${queue}`;
}

/** The name that is signed. */
export function canonicalQueueName(account: string, queue: string): string {
  return `/queue/${account}/${queue}`;
}

/**
 * Signs a queue.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` where the token would not carry all of what was authorized, and only that.
 */
export function signQueue(token: AuthorizedToken, { queue }: QueueResource, key: SigningKey): string {
  const { name } = token.account;
  const fields = tokenFields(token, 'queue', key, null);
  // Only a user delegation SAS says what kind of resource it is for.
  if (key.kind === 'user-delegation') fields.set('sr', 'q');
  return makeQuery({
    layout: 'queue',
    fields,
    outside: { canonicalName: canonicalQueueName(name, queue) },
    key,
    sdkQuery: () => sdkQuery(signatureValues(token, queue, fields.get('sp')), name, key),
    respelled: [],
  });
}

function sdkQuery(values: QueueSASSignatureValues, account: string, key: SigningKey): string {
  const parameters =
    key.kind === 'service'
      ? generateQueueSASQueryParameters(
          values,
          new StorageSharedKeyCredential(account, key.key.value.reveal()),
        )
      : generateQueueSASQueryParameters(values, sdkDelegationKey(key.key), account);
  return parameters.toString();
}

function signatureValues(
  token: AuthorizedToken,
  queueName: string,
  letters: string | undefined,
): QueueSASSignatureValues {
  const { delegatedUser } = token;
  return {
    ...sdkValues(token),
    version: token.account.sasVersion,
    queueName,
    ...(letters === undefined ? {} : { permissions: QueueSASPermissions.parse(letters) }),
    protocol: PROTOCOLS[token.protocol],
    ...(delegatedUser === null ? {} : { delegatedUserObjectId: delegatedUser.objectId }),
  };
}
