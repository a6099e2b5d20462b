import { AzureNamedKeyCredential, TableClient } from '@azure/data-tables';
import { expect, it } from 'vitest';
import { formatInstant } from '../../shared/iso-time.ts';
import { tick } from './rotated-account.ts';
import { call, configuration, newAccounts, QUICK_ROTATION, readerGrant, startBroker } from './test-broker.ts';

it('a tick records when it ran, and a timer that has stopped makes readiness degraded', async () => {
  const accounts = await newAccounts();
  const { name, key1, table } = accounts.state;
  const stateTable = new TableClient(table, 'BrokerState', new AzureNamedKeyCredential(name, key1));
  const lastTickAt = new Date(Date.now() - 25 * 60_000).toISOString();
  const row = { partitionKey: 'timers', rowKey: 'rotateKeys' };
  await stateTable.createEntity({ ...row, lastTickAt, gapSeconds: 300 });
  const grants = [readerGrant([accounts.media])];
  const broker = await startBroker(accounts, configuration(accounts, grants, QUICK_ROTATION));
  try {
    const anyone = await call(broker, null, 'GET', '/health/ready');
    expect([anyone.status, anyone.body]).toEqual([200, { status: 'degraded' }]);
    const { body } = await call(broker, 'operator', 'GET', '/health/ready');
    const detail = 'no tick for more than four intervals';
    expect(body['checks']).toContainEqual({ name: 'timer rotateKeys', status: 'failing', detail });
    expect(body['lastTickAt']).toBe(formatInstant(new Date(lastTickAt)));

    const began = Date.now();
    await tick(broker);
    const read = () => stateTable.getEntity(row.partitionKey, row.rowKey);
    await expect.poll(async () => (await read())['lastTickAt']).not.toBe(lastTickAt);
    const recorded = await read();
    expect(Date.parse(String(recorded['lastTickAt']))).toBeGreaterThanOrEqual(began);
    expect(recorded['gapSeconds']).toBeGreaterThanOrEqual(25 * 60);
  } finally {
    await broker.stop();
  }
});
