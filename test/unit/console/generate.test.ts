import { describe, expect, it, test } from 'vitest';
import type { IssuedToken, OwnGrant } from '../../../console/src/api/replies.ts';
import { askCommand, maskSignature, storageCommand } from '../../../console/src/generate/commands.ts';
import {
  bodyOf,
  type Form,
  openForm,
  serviceOfForm,
  withLargest,
} from '../../../console/src/generate/form.ts';
import { choicesFor, grantedLetters, toggleLetter } from '../../../console/src/generate/letters.ts';
import { allowsText, prefill, wordOf } from '../../../console/src/grants/grant-text.ts';

const grant = (parts: Partial<OwnGrant> = {}): OwnGrant =>
  ({
    id: 'photo-upload',
    resources: ['media/blob/uploads/0c0f/**'],
    accountSas: [],
    permissions: { blob: { letters: 'cw', names: ['create', 'write'] } },
    defaultTtl: 'PT30M',
    ...parts,
  }) as OwnGrant;

describe('the form', () => {
  it('opens with the letters and the lifetime of the only grant', () => {
    expect(openForm([grant()], {})).toMatchObject({ how: 'url', url: '', letters: 'cw', ttl: 'PT30M' });
    expect(openForm([grant(), grant({ id: 'b' })], {})).toMatchObject({ letters: '', ttl: 'PT15M' });
  });

  it('is filled in from a grant as far as it has no wildcard', () => {
    const params = { grant: 'photo-upload', account: 'media', service: 'blob', container: 'uploads' };
    expect(openForm([grant(), grant({ id: 'b' })], params)).toMatchObject({
      how: 'parts',
      account: 'media',
      service: 'blob',
      container: 'uploads',
      path: '0c0f/',
      letters: 'cw',
    });
  });

  const empty = openForm([], {});
  const parts = (members: Partial<Form>): Form => ({ ...empty, how: 'parts', account: 'media', ...members });

  test.each<[Form, object | null]>([
    [empty, null],
    [parts({}), null],
    [
      { ...empty, url: ' https://x/y ', letters: 'r' },
      { url: 'https://x/y', permissions: 'r', ttl: 'PT15M' },
    ],
    [
      parts({ container: 'c' }),
      { resource: { account: 'media', service: 'blob', container: 'c' }, permissions: '', ttl: 'PT15M' },
    ],
    [
      parts({ container: 'c', path: '/a/b.txt', account: '' }),
      { resource: { service: 'blob', container: 'c', blob: 'a/b.txt' }, permissions: '', ttl: 'PT15M' },
    ],
    [
      parts({ container: 'c', path: 'a/b/' }),
      {
        resource: { account: 'media', service: 'blob', container: 'c', directory: 'a/b' },
        permissions: '',
        ttl: 'PT15M',
      },
    ],
    [
      parts({ service: 'queue', container: 'q', path: 'ignored' }),
      { resource: { account: 'media', service: 'queue', queue: 'q' }, permissions: '', ttl: 'PT15M' },
    ],
    [
      parts({ service: 'file', container: 's', path: 'f' }),
      {
        resource: { account: 'media', service: 'file', share: 's', file: 'f' },
        permissions: '',
        ttl: 'PT15M',
      },
    ],
    [
      {
        ...empty,
        url: 'u',
        kind: 'service',
        ip: 'caller',
        protocol: 'https,http',
        revocable: true,
        policy: 'p',
        contentType: 'text/plain',
        purpose: 'x',
      },
      {
        url: 'u',
        permissions: '',
        ttl: 'PT15M',
        kind: 'service',
        ip: 'caller',
        protocol: 'https,http',
        revocable: true,
        policy: 'p',
        responseHeaders: { contentType: 'text/plain' },
        purpose: 'x',
      },
    ],
  ])('%# asks for what it says', (form, body) => {
    expect(bodyOf(form)).toEqual(body);
  });

  it('asks for no policy with a user delegation key, which knows none', () => {
    expect(bodyOf({ ...empty, url: 'u', kind: 'user-delegation', policy: 'p' })).not.toHaveProperty('policy');
  });

  it('takes over the most that would pass', () => {
    const form = { ...empty, letters: 'rd', ttl: 'P1D', protocol: 'https,http' } as const;
    const largest = { permissions: 'r', ttl: 'PT1H', kind: 'user-delegation', protocol: 'https' };
    expect(withLargest(form, largest)).toMatchObject({
      letters: 'r',
      ttl: 'PT1H',
      kind: 'auto',
      protocol: 'https',
    });
    expect(withLargest({ ...form, kind: 'service' }, largest).kind).toBe('user-delegation');
  });

  test.each([
    ['https://media.queue.core.windows.net/jobs', 'queue'],
    ['https://media.dfs.core.windows.net/c/d/', 'blob'],
    ['https://127.0.0.1:10001/media/jobs', 'table'],
  ])('reads the service of %s: %s', (url, service) => {
    expect(serviceOfForm({ ...empty, url }, 'table')).toBe(service);
  });
});

describe('letters', () => {
  it('are offered for the service, and rare ones only if a grant has them', () => {
    const offered = (granted: string) => choicesFor('blob', new Set(granted)).map(({ letter }) => letter);
    expect(offered('').join('')).toBe('racwdxlti');
    expect(offered('op').join('')).toBe('racwdxltopi');
    expect(choicesFor('queue', new Set()).map(({ name }) => name)).toEqual([
      'Read',
      'Add',
      'Update',
      'Process',
    ]);
  });

  it('stay in Azure’s order', () => {
    expect(toggleLetter('w', 'c', 'blob')).toBe('cw');
    expect(toggleLetter('cw', 'c', 'blob')).toBe('w');
    expect([...grantedLetters([grant(), grant({ permissions: {} })], 'blob')]).toEqual(['c', 'w']);
  });
});

describe('the token’s text', () => {
  it('hides each signature', () => {
    const hidden = maskSignature("curl 'https://a/b?sp=r&sig=abc%3D&se=1'");
    expect(hidden).toBe("curl 'https://a/b?sp=r&sig=••••••••••••••••&se=1'");
  });

  const token = { url: "https://a/b?x='", request: null, permissions: 'r' } as unknown as IssuedToken;

  it('is a command that uses it', () => {
    expect(storageCommand(token)).toBe(`curl -X GET \\\n  'https://a/b?x='\\'''`);
    const request = { method: 'PUT', headers: { 'x-ms-blob-type': 'BlockBlob' } };
    expect(storageCommand({ ...token, url: 'u', request })).toBe(
      "curl -X PUT \\\n  -H 'x-ms-blob-type: BlockBlob' \\\n  --data-binary @FILE \\\n  'u'",
    );
    expect(storageCommand({ ...token, url: 'u', permissions: 'd' })).toBe("curl 'u'");
  });

  it('can be asked for with a command that holds no bearer token', () => {
    expect(askCommand('https://h', { a: "it's" })).toContain('$TOKEN');
    expect(askCommand('https://h', { a: "it's" })).toContain(`it'\\''s`);
  });
});

describe('a grant', () => {
  it('says what it allows in words', () => {
    expect(allowsText(grant().permissions)).toBe('create, write (cw)');
    const queue = { letters: 'r', names: ['read'] } as const;
    expect(allowsText({ ...grant().permissions, queue: { ...queue, names: [...queue.names] } })).toBe(
      'blob: create, write (cw); queue: read (r)',
    );
    expect(wordOf('setImmutabilityPolicy')).toBe('set immutability policy');
  });

  test.each<[string[], object]>([
    [['media/blob/uploads/x/**'], { account: 'media', service: 'blob', container: 'uploads' }],
    [['media/blob/*/**'], { account: 'media', service: 'blob' }],
    [['media/blob/$root'], { account: 'media', service: 'blob' }],
    [[], {}],
  ])('on %j fills in %j', (resources, filled) => {
    expect(prefill({ resources })).toEqual(filled);
  });
});
