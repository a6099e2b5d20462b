import { afterAll, beforeAll, expect, it } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import { storedRows } from './leaks.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

const REQUESTS = 500;
const CALLERS = ['uploader', 'reader', 'backup'];
let accounts: Accounts;
let broker: TestBroker;

beforeAll(async () => {
  accounts = await newAccounts();
  const grant = {
    id: 'shared-read',
    callers: CALLERS.map((name) => ({ issuer: 'local', claims: { oid: sampleCallers[name]!.oid } })),
    resources: [`${accounts.media.name}/blob/photos/**`],
    permissions: 'r',
    kinds: ['service'],
  };
  broker = await startBroker(accounts, configuration(accounts, [grant]), { REQUEST_DEADLINE: 'PT20S' });
});

afterAll(() => broker.stop());

it('500 equal requests at once give the same service SAS and 500 rows with their callers, all found by one lookup', async () => {
  const request = {
    url: `${accounts.media.blob}/photos/sample.jpg`,
    permissions: 'r',
    kind: 'service',
    expiresAt: new Date(Math.ceil(Date.now() / 1000) * 1000 + 1_800_000).toISOString(),
  };
  const answers = await Promise.all(
    Array.from({ length: REQUESTS }, (_, index) =>
      call(broker, CALLERS[index % 3]!, 'POST', '/tokens', request),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array<number>(REQUESTS).fill(201));
  const tokens = new Set(answers.map(({ body }) => String(body['token'])));
  expect(tokens.size).toBe(1);
  expect(new Set(answers.map(({ body }) => body['id'])).size).toBe(REQUESTS);

  const rows = (await storedRows(accounts)).filter(({ partitionKey }) =>
    String(partitionKey).startsWith('t-'),
  );
  expect(rows).toHaveLength(REQUESTS);
  const subjects = rows.map(({ callerSubject }) => callerSubject);
  for (const [index, name] of CALLERS.entries()) {
    const expected = answers.filter((_, position) => position % 3 === index).length;
    expect(subjects.filter((subject) => subject === sampleCallers[name]!.oid)).toHaveLength(expected);
  }

  const found = await call(broker, 'auditor', 'POST', '/tokens/lookup', { token: [...tokens][0] });
  expect(found).toMatchObject({ status: 200, body: { verdict: 'issued', scannedAll: true } });
  const ids = (found.body['records'] as { id: string }[]).map(({ id }) => id);
  expect(ids.sort()).toEqual(answers.map(({ body }) => String(body['id'])).sort());
});
