const assert = require('node:assert');
const { SasBroker } = require('@sas-token-broker/client');

const broker = new SasBroker({ endpoint: process.env.SASB_BROKER, getBearer: () => 'bearer' });
broker.token({ permissions: 'r' }).then(({ id }) => assert.equal(id, 'id-1'));
