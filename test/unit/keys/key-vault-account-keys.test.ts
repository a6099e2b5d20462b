import type { KeyVaultSecret, SecretClient } from '@azure/keyvault-secrets';
import { describe, expect, it } from 'vitest';
import { BrokerError } from '../../../shared/broker-error.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import type { DeadSecrets } from '../../../shared/keys/dead-secrets.ts';
import { KeyVaultAccountKeys } from '../../../shared/keys/key-vault-account-keys.ts';
import { account } from '../../fakes/configuration.ts';

const KEY = Buffer.alloc(64, 1).toString('base64');
const now = new Date('2026-11-22T12:00:00Z');
const media = account();
const failure = (statusCode: number, details?: unknown): Error =>
  Object.assign(new Error('https://vault.example/secrets/media-key said no'), { statusCode, details });

/** A vault that gives the replies it is told to, and counts its reads. */
function vault(answer: () => Promise<string>, callTimeoutMs = 1000, deadSecrets?: DeadSecrets) {
  const faults: string[] = [];
  let reads = 0;
  const getSecret = async (name: string): Promise<KeyVaultSecret> => {
    reads += 1;
    const value = await answer();
    const properties = { vaultUrl: '', name, version: `v${reads}`, createdOn: now };
    return { name, value, properties };
  };
  const keys = new KeyVaultAccountKeys({ getSecret } as unknown as SecretClient, {
    onFault: (error) => faults.push(error.reason ?? ''),
    callTimeoutMs,
    ...(deadSecrets && { deadSecrets }),
  });
  return { keys, faults, reads: () => reads };
}

async function refusal(result: Promise<unknown>): Promise<BrokerError> {
  const error: unknown = await result.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof BrokerError) return error;
  throw new Error('was not refused');
}

describe('the key in a Key Vault secret', () => {
  it('is read once for concurrent requests', async () => {
    const { keys, reads } = vault(() => Promise.resolve(KEY));
    const all = await Promise.all(Array.from({ length: 20 }, () => keys.current(media, now)));
    expect([new Set(all).size, reads()]).toEqual([1, 1]);
  });

  it('ages from when its read was sent, not from the reply', async () => {
    const { keys } = vault(() => new Promise((resolve) => setTimeout(() => resolve(KEY), 30)));
    expect((await keys.current(media, now)).usableUntil).toEqual(addSeconds(now, 660));
  });

  it('is requested at most once per second while the vault fails', async () => {
    const { keys, reads, faults } = vault(() => Promise.reject(failure(503)));
    await refusal(keys.current(media, now));
    await refusal(keys.current(media, addSeconds(now, 0.5)));
    expect(reads()).toBe(1);
    await refusal(keys.current(media, addSeconds(now, 2)));
    expect([reads(), faults.length]).toEqual([2, 2]);
  });

  it('is used without waiting for a vault that failed last time, and read in the background', async () => {
    let answer = (): Promise<string> => Promise.resolve(KEY);
    const { keys } = vault(() => answer());
    const kept = await keys.current(media, now);
    answer = () => Promise.reject(failure(500));
    expect(await keys.current(media, addSeconds(now, 60))).toBe(kept);
    let recover: (value: string) => void = () => undefined;
    answer = () => new Promise((resolve) => (recover = resolve));
    expect(await keys.current(media, addSeconds(now, 62))).toBe(kept);
    recover(KEY);
    await new Promise((resolve) => setImmediate(resolve));
    expect((await keys.current(media, addSeconds(now, 63))).usableUntil).toEqual(addSeconds(now, 62 + 660));
  });

  it('times out if the vault hangs', async () => {
    const { keys } = vault(() => new Promise(() => undefined), 20);
    const error = await refusal(keys.current(media, now));
    expect(error).toMatchObject({
      code: 'signing_key_unavailable',
      reason: expect.stringMatching(/Timeout/) as string,
    });
  });

  it('is read again if the clock was set back, because its age is unknown', async () => {
    const { keys, reads } = vault(() => Promise.resolve(KEY));
    await keys.current(media, now);
    await keys.current(media, addSeconds(now, -5));
    expect(reads()).toBe(1);
    await keys.current(media, addSeconds(now, -3600));
    expect(reads()).toBe(2);
  });

  it.each([
    ['is missing', () => Promise.reject(failure(404)), /no secret/],
    [
      'is disabled',
      () => Promise.reject(failure(403, { error: { innererror: { code: 'SecretDisabled' } } })),
      /disabled/,
    ],
    ['is no key', () => Promise.resolve('not a key'), /base64/],
    ['is too short for a key', () => Promise.resolve('aGVsbG8='), /base64/],
  ])('ends the remembered key if the secret %s', async (_how, then, reason) => {
    let answer = (): Promise<string> => Promise.resolve(KEY);
    const { keys } = vault(() => answer());
    await keys.current(media, now);
    answer = then;
    const error = await refusal(keys.current(media, addSeconds(now, 61)));
    expect(error).toMatchObject({
      code: 'signing_key_unavailable',
      reason: expect.stringMatching(reason) as string,
    });
    expect(error.reason).toMatch(/^account media /);
    expect(JSON.stringify([error.reason, error.message])).not.toMatch(/vault\.example|not a key|aGVsbG8=/);
  });

  it('is still used if the vault refuses only this caller', async () => {
    let answer = (): Promise<string> => Promise.resolve(KEY);
    const { keys, faults } = vault(() => answer());
    const kept = await keys.current(media, now);
    answer = () => Promise.reject(failure(403, { error: { innererror: { code: 'ForbiddenByRbac' } } }));
    expect(await keys.current(media, addSeconds(now, 61))).toBe(kept);
    expect(faults).toEqual(['account media has a secret that could not be read: Error 403']);
  });

  it.each([
    [
      `DefaultEndpointsProtocol=https;AccountName=media;AccountKey=${KEY};EndpointSuffix=core.windows.net`,
      KEY,
    ],
    [`AccountKey=${KEY}`, KEY],
    [`AccountName=archive;AccountKey=${KEY}`, /another account/],
    ['AccountName=media', /no AccountKey/],
    ['AccountName=media;AccountKey=abc', /base64/],
  ])('may be in a connection string: %#', async (text, expected) => {
    const withString = account({ keys: { secretName: 'media-key', secretFormat: 'connection-string' } });
    const { keys } = vault(() => Promise.resolve(text));
    if (typeof expected === 'string') {
      expect((await keys.current(withString, now)).value.reveal()).toBe(expected);
    } else {
      expect((await refusal(keys.current(withString, now))).reason).toMatch(expected);
    }
  });
});

describe('a version whose key storage refuses', () => {
  it('signs nothing, and the next version does', async () => {
    let dead: string | null = 'v1';
    const deadSecrets = { deadVersion: () => Promise.resolve(dead) };
    const { keys } = vault(() => Promise.resolve(KEY), 1000, deadSecrets);
    const error = await refusal(keys.current(media, now));
    // An operator must publish another key first, so there is no time to try again at.
    expect(error).toMatchObject({ code: 'signing_key_unavailable', retryAfter: null });
    expect(error.reason).toContain('media');
    expect((await keys.current(media, addSeconds(now, 60))).secretVersion).toBe('v2');
    dead = 'v2';
    await refusal(keys.current(media, addSeconds(now, 61)));
    dead = null;
    expect((await keys.current(media, addSeconds(now, 62))).secretVersion).toBe('v2');
  });
});
