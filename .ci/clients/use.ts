import { BrokerProblem, SasBroker, type IssuedToken } from '@sas-token-broker/client';
import { blobPipeline } from '@sas-token-broker/client/storage-blob';
import { tableOptions } from '@sas-token-broker/client/data-tables';

const broker = new SasBroker({
  endpoint: 'https://broker.example/api',
  getBearer: async ({ refused }) => String(refused),
});
const source = broker.source({ url: 'https://media.example/uploads/1', permissions: 'r' });
export const token: Promise<IssuedToken> = source.get();
export const all: Promise<(IssuedToken | BrokerProblem)[]> = broker.tokens([{ permissions: 'r' }]);
export const id: Promise<string> = broker.withToken({ permissions: ['read'] }, async (issued) => issued.id);
export const options = [blobPipeline(source), tableOptions(source)];
// @ts-expect-error: a request has no such member
void broker.token({ permission: 'r' });
