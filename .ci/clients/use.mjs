import assert from 'node:assert';
import { BrokerProblem, SasBroker } from '@sas-token-broker/client';

const broker = new SasBroker({ endpoint: process.env.SASB_BROKER, getBearer: async () => 'bearer' });
assert.equal((await broker.token({ url: 'https://media.example/uploads/1', permissions: 'r' })).id, 'id-1');
broker.close();
await assert.rejects(broker.token({ permissions: 'r' }), BrokerProblem);
