import {
  generateQueueSASQueryParameters,
  QueueSASPermissions,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-queue';
import type { QueueSASSignatureValues } from '@azure/storage-queue';
import type { QueueResource } from '../azure/resources.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import { tokenFields } from './sas-fields.ts';
import { makeQuery, sdkDelegationKey, sdkValues } from './sas-making.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { canonicalQueueName } from './canonical-names.ts';

const PROTOCOLS = { https: SASProtocol.Https, 'https,http': SASProtocol.HttpsAndHttp } as const;

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
    key.kind === 'account'
      ? generateQueueSASQueryParameters(values, new StorageSharedKeyCredential(account, key.value.reveal()))
      : generateQueueSASQueryParameters(values, sdkDelegationKey(key), account);
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
