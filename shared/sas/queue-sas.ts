import {
  generateQueueSASQueryParameters,
  QueueSASPermissions,
  type QueueSASSignatureValues,
  SASProtocol,
  StorageSharedKeyCredential,
} from '@azure/storage-queue';
import type { QueueResource } from '../azure/resources.ts';
import type { AuthorizedToken } from '../grants/authorized-token.ts';
import type { SigningKey } from '../keys/signing-keys.ts';
import { canonicalQueueName } from './canonical-names.ts';
import { tokenFields } from './sas-fields.ts';
import { makeQuery } from './sas-making.ts';
import { addPresent, sdkQuery, sdkValues } from './sdk-values.ts';

const SDK = { generate: generateQueueSASQueryParameters, Credential: StorageSharedKeyCredential };

/**
 * Signs a queue.
 * @returns the token, without a leading `?`.
 * @throws BrokerError `internal` if the token would not carry exactly what was authorized.
 */
export function signQueue(token: AuthorizedToken, { queue }: QueueResource, key: SigningKey): string {
  const { name } = token.account;
  const fields = tokenFields(token, 'queue', key, null);
  // Only a user delegation SAS names the kind of its resource.
  if (key.kind === 'user-delegation') fields.set('sr', 'q');
  return makeQuery({
    layout: 'queue',
    fields,
    outside: { canonicalName: canonicalQueueName(name, queue) },
    key,
    sdkQuery: () => sdkQuery(SDK, signatureValues(token, queue, fields.get('sp')), name, key),
    respelled: [],
  });
}

function signatureValues(
  token: AuthorizedToken,
  queueName: string,
  letters: string | undefined,
): QueueSASSignatureValues {
  const values: QueueSASSignatureValues = { version: token.account.sasVersion, queueName };
  return addPresent(values, sdkValues(token, SASProtocol), {
    permissions: letters === undefined ? null : QueueSASPermissions.parse(letters),
    delegatedUserObjectId: token.delegatedUser?.objectId,
  });
}
