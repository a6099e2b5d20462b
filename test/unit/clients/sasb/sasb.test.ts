import { describe, expect, it } from 'vitest';
import { bearerSource } from '../../../../clients/cli/sasb/bearer-source.ts';
import { environment, FORMS } from '../../../../clients/cli/sasb/forms.ts';
import { bar } from '../../../../clients/cli/sasb/run-sasb.ts';
import { readSasbOptions } from '../../../../clients/cli/sasb/sasb-options.ts';
import type { IssuedToken } from '../../../../clients/js/index.ts';

const URL_OF_BLOB = "https://media.blob.core.windows.net/uploads/it's.txt";
const token = {
  token: 'sv=1&sig=2',
  url: `${URL_OF_BLOB}?sv=1&sig=2`,
  permissions: 'r',
  endpoint: 'https://media.blob.core.windows.net',
  endpoints: null,
  expiresAt: '2026-01-01T00:00:00Z',
  resource: { account: 'media', service: 'blob', container: 'uploads', blob: "it's.txt" },
  request: null,
} as unknown as IssuedToken;
const writing = {
  ...token,
  permissions: 'cw',
  request: { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' } },
};
const ofContainer = {
  ...token,
  resource: { account: 'media', service: 'blob' as const, container: 'uploads' },
};
const ofAccount = { ...token, endpoints: { blob: 'https://b', queue: 'https://q' } };
const QUOTED = "'https://media.blob.core.windows.net/uploads/it'\\''s.txt?sv=1&sig=2'";

describe('a form of sasb get', () => {
  it.each<[keyof typeof FORMS, IssuedToken, string]>([
    ['url', token, token.url],
    ['token', token, 'sv=1&sig=2'],
    [
      'connection-string',
      token,
      'BlobEndpoint=https://media.blob.core.windows.net;SharedAccessSignature=sv=1&sig=2',
    ],
    [
      'connection-string',
      ofAccount,
      'BlobEndpoint=https://b;QueueEndpoint=https://q;SharedAccessSignature=sv=1&sig=2',
    ],
    ['azcopy', token, `azcopy copy ${QUOTED} FILE`],
    ['azcopy', writing, `azcopy copy FILE ${QUOTED} --from-to=LocalBlob`],
    [
      'az',
      token,
      "AZURE_STORAGE_SAS_TOKEN='sv=1&sig=2' az storage blob download --blob-endpoint https://media.blob.core.windows.net --container-name uploads --name 'it'\\''s.txt' --file FILE",
    ],
    [
      'az',
      ofContainer,
      "AZURE_STORAGE_SAS_TOKEN='sv=1&sig=2' az storage blob list --blob-endpoint https://media.blob.core.windows.net --container-name uploads --output table",
    ],
    ['curl', writing, `url = "${token.url}"\nheader = "x-ms-blob-type: BlockBlob"`],
  ])('%s is a line that the tool understands', (form, issued, expected) => {
    expect(FORMS[form](issued)).toBe(expected);
  });

  it('env quotes every variable for a shell', () => {
    const lines = FORMS.env(token).split('\n');
    expect(lines).toContain(`export SAS_URL=${QUOTED}`);
    expect(lines.map((line) => /^export (\w+)=/.exec(line)?.[1])).toEqual(Object.keys(environment(token)));
  });
});

describe('the command line of sasb', () => {
  it('asks for the letters that a command needs', () => {
    const letters = (...words: string[]) => readSasbOptions(words)?.request.permissions;
    const url = URL_OF_BLOB;
    expect([letters('get', url), letters('ls', url), letters('put', 'a', url)]).toEqual(['r', 'l', 'w']);
    expect(letters('exec', url, '-p', 'd', '--', 'true')).toBe('d');
    expect(readSasbOptions(['get', url, '--help'])).toBeNull();
  });

  it.each([
    [[], 'The commands are'],
    [['del', URL_OF_BLOB], 'The commands are'],
    [['get'], 'Too few words'],
    [['get', URL_OF_BLOB, 'more'], 'Too many words'],
    [['exec', URL_OF_BLOB], 'exec needs a command'],
    [['get', 'media/uploads'], 'The URL must be'],
    [['get', `${URL_OF_BLOB}?sig=1`], 'The URL must be'],
    [['get', URL_OF_BLOB, '-f', 'xml'], 'The forms are'],
    [['get', URL_OF_BLOB, '--kind', 'best'], 'The kinds are'],
    [['get', URL_OF_BLOB, '--colour', 'red'], '--colour'],
  ])('refuses %j', (words, message) => {
    expect(() => readSasbOptions(words)).toThrow(message);
  });

  it('shows how far an upload is', () => {
    expect(bar(50_000_000, 100_000_000, 10_000)).toBe(`[${'#'.repeat(15)}${'.'.repeat(15)}] 50 % 5.0 MB/s`);
    expect(bar(0, 0, 0)).toContain('100 %');
  });
});

describe('the bearer token of sasb', () => {
  it('is printed by a command, which runs again only if the broker refused it', async () => {
    const get = bearerSource({ SASB_BEARER_COMMAND: 'echo Bearer $$' }, undefined);
    const first = await get({ refused: false });
    expect(first).toMatch(/^\d+$/);
    expect(await get({ refused: false })).toBe(first);
    expect(await get({ refused: true })).not.toBe(first);
  });

  it('comes from the environment first, and is never repeated in an error', async () => {
    const both = { SASB_BEARER: 'first', SASB_BEARER_COMMAND: 'echo second' };
    expect(await bearerSource(both, undefined)({ refused: false })).toBe('first');
    const broken = bearerSource({ SASB_BEARER: 'two words' }, undefined)({ refused: false });
    await expect(broken).rejects.toThrow(/^SASB_BEARER must give one access token, without spaces\.$/);
    await expect(bearerSource({}, undefined)({ refused: false })).rejects.toThrow('Set SASB_BEARER');
    await expect(
      bearerSource({ SASB_BEARER_COMMAND: 'exit 3' }, undefined)({ refused: false }),
    ).rejects.toThrow('failed (3)');
  });
});
