import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleCallers } from '../../local/sample-callers.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  readerGrant,
  startBroker,
  type TestBroker,
} from './test-broker.ts';

let accounts: Accounts;
let broker: TestBroker;
let media: string;

const UPLOADERS = [{ issuer: 'local', claims: { roles: ['Photos.Upload'] } }];

beforeAll(async () => {
  accounts = await newAccounts();
  media = accounts.media.name;
  broker = await startBroker(
    accounts,
    configuration(accounts, [
      {
        id: 'upload',
        description: 'Own folder',
        callers: UPLOADERS,
        resources: [`${media}/blob/uploads/\${claims.oid}/**`, `${media}/blob/uploads/\${claims.team}/**`],
        permissions: ['create', 'write'],
      },
      readerGrant([accounts.media]),
      readerGrant([accounts.media], { id: 'try', mode: 'report', callers: UPLOADERS }),
    ]),
  );
});

afterAll(() => broker.stop());

const me = async (who: string) => (await call(broker, who, 'GET', '/me')).body;

describe('GET /me', () => {
  it('says who the caller is, which roles they have in the broker, and how many grants are in force', async () => {
    const { oid, name } = sampleCallers['uploader']!;
    const reply = await call(broker, 'uploader', 'GET', '/me', undefined, {
      'x-forwarded-for': '203.0.113.7:41212',
    });
    expect(reply.status).toBe(200);
    expect(reply.body).toEqual({
      issuer: 'local',
      subject: oid,
      name,
      ip: '203.0.113.7',
      roles: [],
      grants: 1,
      now: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/) as string,
    });
    expect(reply.headers.get('cache-control')).toBe('no-store');
    expect(await me('reader')).toMatchObject({ roles: [], grants: 1 });
    expect(await me('auditor')).toMatchObject({ roles: ['auditor'], grants: 0 });
    expect(await me('operator')).toMatchObject({ roles: ['operator'], grants: 0 });
    expect(await me('stranger')).toMatchObject({ roles: [], grants: 0 });
    expect((await call(broker, null, 'GET', '/me')).status).toBe(401);
  });
});

describe('grants', () => {
  it('are listed to their caller with claims filled in', async () => {
    const { oid } = sampleCallers['uploader']!;
    const { status, body } = await call(broker, 'uploader', 'GET', '/me/grants');
    expect(status).toBe(200);
    expect(body).toEqual({
      items: [
        {
          id: 'upload',
          description: 'Own folder',
          resources: [`${media}/blob/uploads/${oid}/**`],
          accountSas: [],
          permissions: { blob: { letters: 'cw', names: ['create', 'write'] } },
          kinds: ['user-delegation'],
          agents: [],
          defaultTtl: 'PT15M',
          maxTtl: 'PT1H',
          maxAhead: 'PT15M',
          protocol: 'https',
          ip: 'any',
          mode: 'enforce',
          unusable: [
            {
              pattern: `${media}/blob/uploads/\${claims.team}/**`,
              why: 'your bearer token has no claim "team"',
            },
          ],
        },
      ],
      nextCursor: null,
    });
    for (const who of ['auditor', 'operator', 'stranger'])
      expect((await call(broker, who, 'GET', '/me/grants')).body).toEqual({ items: [], nextCursor: null });
  });

  it('are all listed to auditors alone, as they are configured', async () => {
    const { status, body } = await call(broker, 'auditor', 'GET', '/grants');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      items: [
        {
          id: 'upload',
          callers: UPLOADERS,
          resources: [`${media}/blob/uploads/\${claims.oid}/**`, `${media}/blob/uploads/\${claims.team}/**`],
          unusable: [],
        },
        { id: 'read', mode: 'enforce' },
        { id: 'try', mode: 'report' },
      ],
      nextCursor: null,
    });
    for (const who of ['uploader', 'operator', 'stranger'])
      expect((await call(broker, who, 'GET', '/grants')).status).toBe(403);
    expect((await call(broker, null, 'GET', '/grants')).status).toBe(401);
  });
});
