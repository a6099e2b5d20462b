import { createHttpHeaders, type HttpClient, type PipelineRequest } from '@azure/core-rest-pipeline';
import type { TokenCredential } from '@azure/identity';
import { BlobServiceClient } from '@azure/storage-blob';
import { ShareServiceClient } from '@azure/storage-file-share';
import { QueueServiceClient } from '@azure/storage-queue';
import { describe, expect, it } from 'vitest';
import { addSeconds } from '../../../shared/iso-time.ts';
import {
  delegationKeyRequester,
  type DelegationKeyRequest,
} from '../../../shared/keys/storage-delegation-request.ts';
import { account } from '../../fakes/configuration.ts';

const now = new Date('2026-11-22T12:00:00.5Z');
const credential: TokenCredential = {
  getToken: async () => ({ token: 'access', expiresOnTimestamp: Date.now() + 3_600_000 }),
};
const media = account();
const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';
const KEY = {
  SignedOid: 'e1ac1e3e-5c2b-4d0c-8a36-bd0b7d6b0f11',
  SignedTid: '2d9f6f0e-7b1a-4c59-9c3e-0f9f3d6c3a10',
  SignedStart: '2026-11-22T11:45:00Z',
  SignedExpiry: '2026-11-29T11:30:00Z',
  SignedService: 'b',
  SignedVersion: '2026-04-06',
  Value: 'c2VjcmV0K2tleS8=',
};
type Elements = Readonly<Record<string, string>>;

const replyOf = (elements: Elements): string =>
  `\uFEFF<?xml version="1.0" encoding="utf-8"?><UserDelegationKey>${Object.entries(elements)
    .map(([name, text]) => `<${name}>${text}</${name}>`)
    .join('')}</UserDelegationKey>`;

/** Storage that answers each request with this reply. */
function storage(text = replyOf(KEY), status = 200, more: Record<string, string> = {}) {
  const sent: PipelineRequest[] = [];
  const httpClient: HttpClient = {
    sendRequest: async (request) => {
      sent.push(request);
      const headers = createHttpHeaders({ 'content-type': 'application/xml', ...more });
      return { request, headers, status, bodyAsText: text };
    },
  };
  return { sent, httpClient };
}

const requestOf = (members: Partial<DelegationKeyRequest> = {}): DelegationKeyRequest => ({
  account: media,
  service: 'blob',
  delegatedTenant: null,
  startsOn: addSeconds(now, -900),
  expiresOn: addSeconds(now, 603_000),
  ...members,
});
const { signal } = new AbortController();
const ask = ({ httpClient }: { httpClient: HttpClient }, members: Partial<DelegationKeyRequest> = {}) =>
  delegationKeyRequester(credential, httpClient)(requestOf(members), signal);

/** What storage can see of a request, but not what differs between two requests of one client. */
function seen({ url, method, body, headers }: PipelineRequest) {
  const names = ['content-type', 'accept', 'x-ms-version', 'authorization'];
  // The SDK also asks storage to give up in time.
  return {
    url: url.replace('&timeout=30', ''),
    method,
    body,
    headers: names.map((name) => headers.get(name)),
  };
}

/** Returns the request of the service's own SDK, whose HTTP clients have an older interface. */
async function sentBySdk(
  service: 'blob' | 'queue' | 'file',
  tenant: string | null,
): Promise<PipelineRequest> {
  const sent: PipelineRequest[] = [];
  const sendRequest = async (request: PipelineRequest) => {
    sent.push(request);
    const headers = { toJson: () => ({ 'content-type': 'application/xml' }) };
    return { request, headers, status: 200, bodyAsText: replyOf(KEY) };
  };
  const Client = { blob: BlobServiceClient, queue: QueueServiceClient, file: ShareServiceClient }[service];
  // The constructors differ only in options that are not given here.
  const client = new (Client as typeof BlobServiceClient)(media.endpoints[service], credential, {
    httpClient: { sendRequest } as never,
  });
  const { startsOn, expiresOn } = requestOf();
  if (tenant === null) await client.getUserDelegationKey(startsOn, expiresOn);
  else await client.getUserDelegationKey({ startsOn, expiresOn, delegatedUserTenantId: tenant });
  return sent[0]!;
}

describe('a request for a user delegation key', () => {
  const cases = (['blob', 'queue', 'file'] as const).flatMap((service) =>
    [null, TENANT, 'a&b<c>'].map((tenant) => [service, tenant] as const),
  );

  it.each(cases)('is the one that the SDK sends: %s, tenant %s', async (service, delegatedTenant) => {
    const ours = storage();
    await ask(ours, { service, delegatedTenant }).catch(() => undefined);
    const theirs = await sentBySdk(service, delegatedTenant);
    expect(seen(ours.sent[0]!)).toEqual(seen(theirs));
  });

  it('is sent once, whatever the answer', async () => {
    const busy = storage('', 503, { 'retry-after': '60', 'x-ms-error-code': 'ServerBusy' });
    await expect(ask(busy)).rejects.toMatchObject({ statusCode: 503, code: 'ServerBusy' });
    expect(busy.sent).toHaveLength(1);
  });

  it('does not exist for tables', async () => {
    const none = storage();
    await expect(ask(none, { service: 'table' })).rejects.toThrow(RangeError);
    expect(none.sent).toEqual([]);
  });
});

describe('the reply with a user delegation key', () => {
  it('has every member of the key', async () => {
    const key = await ask(storage());
    expect(key).toEqual({
      kind: 'user-delegation',
      value: key.value,
      objectId: KEY.SignedOid,
      tenantId: KEY.SignedTid,
      service: 'b',
      version: '2026-04-06',
      startsAt: new Date('2026-11-22T11:45:00Z'),
      expiresAt: new Date('2026-11-29T11:30:00Z'),
      delegatedTenantId: null,
    });
    expect(key.value.reveal()).toBe(KEY.Value);
  });

  it('says for whose users the key is', async () => {
    const theirs = storage(replyOf({ ...KEY, SignedDelegatedUserTid: TENANT }));
    expect((await ask(theirs, { delegatedTenant: TENANT })).delegatedTenantId).toBe(TENANT);
    await expect(ask(theirs)).rejects.toThrow('not for the requested users');
    await expect(ask(storage(), { delegatedTenant: TENANT })).rejects.toThrow('not for the requested users');
  });

  it('may have an empty tenant instead of none', async () => {
    expect(
      (await ask(storage(replyOf({ ...KEY, SignedDelegatedUserTid: '' })))).delegatedTenantId,
    ).toBeNull();
  });

  it('is refused if the endpoint belongs to another service', async () => {
    await expect(ask(storage(), { service: 'file' })).rejects.toThrow('for another service');
  });

  it.each(Object.keys(KEY))('is refused without %s', async (name) => {
    const { [name]: _, ...rest } = KEY as Elements;
    await expect(ask(storage(replyOf(rest)))).rejects.toThrow(`the key has no ${name}`);
    await expect(ask(storage(replyOf({ ...KEY, [name]: '' })))).rejects.toThrow(`the key has no ${name}`);
    await expect(ask(storage(replyOf({ ...KEY, [name]: 'a&amp;b' })))).rejects.toThrow(RangeError);
  });

  it.each(['SignedStart', 'SignedExpiry'])('is refused if %s is not a time', async (name) => {
    await expect(ask(storage(replyOf({ ...KEY, [name]: 'tomorrow' })))).rejects.toThrow('is not a time');
  });

  it.each(['', '<html>ok</html>', replyOf(KEY).slice(0, -60)])(
    'is refused if it is cut or something else: %s',
    async (text) => {
      await expect(ask(storage(text))).rejects.toThrow(RangeError);
    },
  );
});
