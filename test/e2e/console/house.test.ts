import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest';
import { type Browser, signInAs, startBrowser } from '../../../local/browser.ts';
import { sampleCallers } from '../../../local/sample-callers.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  QUICK_ROTATION,
  startBroker,
  type TestBroker,
} from '../test-broker.ts';
import { consoleMember } from './console-broker.ts';
import { gatherPeople, type People } from './people.ts';
import { showAnew, showPlace } from './show-place.ts';

// A browser on a busy machine takes many times as long; only a test that hangs takes this long.
vi.setConfig({ testTimeout: 120_000 });

let browser: Browser;
let broker: TestBroker;
let accounts: Accounts;
let address: string;
let uploads: string;
let people: People;

const name = (caller: string) => sampleCallers[caller]!.name;

beforeAll(async () => {
  accounts = await newAccounts();
  const grant = {
    id: 'photo-upload',
    description: 'Each signed-in user uploads to their own folder',
    callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }],
    resources: [`${accounts.media.name}/blob/uploads/\${claims.oid}/**`],
    permissions: 'cw',
    kinds: ['user-delegation', 'service'],
  };
  const config = { ...configuration(accounts, [grant], QUICK_ROTATION), console: consoleMember() };
  [browser, broker] = await Promise.all([startBrowser(), startBroker(accounts, config)]);
  await accounts.container('uploads');
  address = `${broker.url}/console/`;
  people = gatherPeople(browser, address);
  uploads = `${accounts.media.blob}/uploads/${sampleCallers['uploader']!.oid}`;
  await call(broker, 'uploader', 'POST', '/tokens', { url: `${uploads}/a.txt`, permissions: 'cw' });
  await call(broker, 'stranger', 'POST', '/tokens', { url: `${uploads}/a.txt`, permissions: 'r' });
  const block = { issuer: 'local', subject: sampleCallers['backup']!.oid, reason: 'incident 4711' };
  await call(broker, 'operator', 'POST', '/callers/blocks', block);
}, 120_000);

afterAll(async () => {
  await Promise.all([browser.close(), broker.stop()]);
});

const storages = (page: Page) =>
  page.evaluate<string>('JSON.stringify({ ...sessionStorage, ...localStorage })');

describe('the console’s files', () => {
  test('are served as the host serves them', async () => {
    const page = await fetch(address);
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const [, script = ''] = /src="(app-[A-Z0-9]{8}\.js)"/.exec(await page.text()) ?? [];
    const head = await fetch(`${address}${script}`, { method: 'HEAD', headers: { 'accept-encoding': 'br' } });
    expect(head.status).toBe(200);
    expect(head.headers.get('content-encoding')).toBe('br');
    expect(head.headers.get('cache-control')).toContain('immutable');
    const slash = await fetch(`${broker.url}/console`, { redirect: 'manual' });
    expect([slash.status, slash.headers.get('location')]).toEqual([308, '/api/console/']);
    expect((await fetch(`${address}app-AAAAAAAA.js`)).status).toBe(404);
    expect((await fetch(address, { method: 'POST' })).status).toBe(404);
  });

  test('are at most 300 KiB of scripts and styles, compressed with gzip', () => {
    const folder = join(import.meta.dirname, '../../../dist/console');
    const files = readdirSync(folder).filter((file) => /\.(?:js|css)$/.test(file));
    const sizes = files.map((file) => gzipSync(readFileSync(join(folder, file)), { level: 9 }).length);
    expect(files.length).toBeGreaterThan(1);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(300 * 1024);
  });
});

describe('a session', () => {
  test('begins with the click that goes to the issuer', async () => {
    const { page, context, watch } = await browser.open();
    await page.goto(address);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(watch.requests.filter(({ url }) => url.includes('/authorize'))).toEqual([]);
    await context.close();
  });

  test.each(Object.keys(sampleCallers))('is for the sample caller %s', async (caller) => {
    const { page, watch } = await people.signedIn(caller);
    const opens = ['auditor', 'operator'].includes(caller) ? 'Overview' : 'My grants';
    await page.getByRole('heading', { level: 1, name: opens }).waitFor();
    // Only the flag that makes a reload go to the issuer.
    expect(await storages(page)).toBe('{"signed-in":"yes"}');
    expect(page.url()).toBe(address);
    expect(await page.title()).toBe(`${opens} · SAS token broker`);
    expect(await page.evaluate('document.activeElement.tagName')).toBe('H1');
    expect(watch.messages).toEqual([]);
    expect(
      watch.requests
        .filter(({ url }) => /\/api\/(?!console\/)/.test(url))
        .map(({ url }) => new URL(url).pathname),
    ).toContain('/api/me');
  });

  test('of a stranger has no grants, and says whom to ask', async () => {
    const { page } = await people.signedIn('stranger');
    await showPlace(page, '#/generate');
    await page.getByRole('heading', { name: 'No grant names you' }).waitFor();
    expect(await page.getByText(sampleCallers['stranger']!.oid).count()).toBe(1);
    expect(await page.getByRole('link', { name: 'Overview' }).count()).toBe(0);
  });

  test('does not call what a role lacks', async () => {
    const { page, watch } = await people.signedIn('operator');
    await showPlace(page, '#/activity');
    await page.getByText('You have: operator.').waitFor();
    await showPlace(page, '#/overview');
    await page.getByRole('link', { name: accounts.media.name }).waitFor();
    const paths = watch.requests.map(({ url }) => new URL(url).pathname);
    expect(paths.filter((path) => /events|denials/.test(path))).toEqual([]);
  });

  test('begins again at a reload, at the same place', async () => {
    const { page, watch } = await people.signedIn('uploader');
    await showPlace(page, '#/generate?container=uploads');
    await page.reload();
    await page.getByRole('heading', { name: 'Sign in as' }).waitFor();
    await page.getByRole('link', { name: name('uploader') }).click();
    await page.getByLabel('Container').waitFor();
    expect(page.url()).toBe(`${address}#/generate?container=uploads`);
    expect(watch.messages).toEqual([]);
  });

  test('ends when somebody signs out', async () => {
    const { page, watch } = await people.signedIn('backup');
    await page.getByRole('button', { name: /Signed in as/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to the SAS token broker' }).waitFor();
    expect(await storages(page)).toBe('{}');
    expect(watch.messages).toEqual([]);
  });

  test('is renewed before its token expires, and ends if the issuer refuses', async () => {
    const { page, context, watch } = await browser.open();
    await page.clock.install();
    await signInAs(page, `${address}#/blocks`, name('operator'));
    await page.getByText('incident 4711').waitFor();
    const refresh = page.getByRole('button', { name: 'Refresh' });
    await page.clock.fastForward('57:00');
    await refresh.click();
    await expect
      .poll(() => watch.requests.filter(({ body }) => body.includes('grant_type=refresh_token')).length)
      .toBe(1);
    await page.route(`${inject('stack').issuer}/token`, (route) =>
      route.fulfill({
        status: 400,
        json: { error: 'invalid_grant' },
        headers: { 'access-control-allow-origin': '*' },
      }),
    );
    await page.clock.fastForward('01:10:00');
    await refresh.click();
    await page.getByText('Your session has ended.').waitFor();
    expect(await page.getByText('incident 4711').count()).toBe(1);
    await page.unroute(`${inject('stack').issuer}/token`);
    await page.clock.setSystemTime(Date.now());
    await page.getByRole('button', { name: 'Sign in again' }).click();
    await page.getByRole('link', { name: name('operator') }).click();
    await page.getByText('incident 4711').waitFor();
    expect(page.url()).toBe(`${address}#/blocks`);
    await context.close();
  });

  test('does not begin with an answer that nobody asked for', async () => {
    const { page, context, watch } = await browser.open();
    await page.goto(`${address}#code=stolen&state=x`);
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(page.url()).toBe(address);
    expect(watch.requests.filter(({ method }) => method === 'POST')).toEqual([]);
    await context.close();
  });

  test('removes a SAS from its address', async () => {
    const { page, context, watch } = await browser.open();
    await page.goto(`${address}#/lookup?url=https%3A%2F%2Fa%3Fsig%3DSECRETSECRET`);
    await page.getByText('Treat it as leaked').waitFor();
    expect(page.url()).toBe(`${address}#/lookup`);
    expect(JSON.stringify(watch.requests)).not.toContain('SECRETSECRET');
    await context.close();
  });
});

describe('Get a token', () => {
  test('gives a token that uploads, and keeps it nowhere', async () => {
    const { page, watch } = await people.signedIn('uploader');
    await showAnew(page, '#/generate');
    await page.getByLabel('URL', { exact: true }).fill(`${uploads}/report.txt`);
    await page.getByRole('heading', { name: 'You would get it' }).waitFor();
    await page.getByRole('button', { name: 'Get the token' }).click();
    const shown = page.getByLabel('Token', { exact: true });
    expect(await shown.textContent()).toMatch(/sig=•+/);
    await page.getByRole('button', { name: 'Show' }).click();
    const url = (await shown.textContent()) ?? '';
    const reply = await fetch(url, {
      method: 'PUT',
      headers: { 'x-ms-blob-type': 'BlockBlob' },
      body: 'hello',
    });
    expect(reply.status).toBe(201);
    const signature = new URL(url).searchParams.get('sig') ?? '-';
    expect(signature).toHaveLength(44);
    for (const text of [page.url(), await storages(page), broker.output(), JSON.stringify(watch.requests)])
      for (const secret of [signature, encodeURIComponent(signature)]) expect(text).not.toContain(secret);
    await page.getByRole('button', { name: 'Clear' }).click();
    expect(await page.content()).not.toContain(encodeURIComponent(signature));
    expect(watch.messages).toEqual([]);
  });

  test('says what is missing, and offers the most that would pass', async () => {
    const { page, watch } = await people.signedIn('uploader');
    await showAnew(page, '#/generate');
    const asked = watch.requests.length;
    await page.getByLabel('URL', { exact: true }).fill(`${uploads}/report.txt`);
    await page.getByRole('checkbox', { name: /^Read/ }).check();
    await page.getByRole('radio', { name: '1 day' }).check();
    await page.getByRole('heading', { name: 'You would be refused' }).waitFor();
    // While the broker is asked about a change, the button is there.
    await page.getByRole('button', { name: 'Get the token' }).waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Use the most that would pass' }).click();
    await page.getByRole('heading', { name: 'You would get it' }).waitFor();
    expect(await page.getByRole('checkbox', { name: /^Read/ }).isChecked()).toBe(false);
    expect(watch.requests.slice(asked).filter(({ url }) => url.endsWith('/api/tokens'))).toEqual([]);
  });
});

describe('an operator', () => {
  test('rotates with a reason, sees the phase move, and lifts a block', async () => {
    const { page, watch } = await people.signedIn('operator');
    await call(broker, 'operator', 'GET', '/accounts');
    await fetch(`${broker.admin}/functions/rotateKeys`, { method: 'POST', body: '{}' });
    await showPlace(page, `#/account?account=${accounts.media.name}`);
    const open = page.getByRole('button', { name: /Rotate now…/ });
    await expect
      .poll(async () => (await page.getByRole('button', { name: 'Refresh' }).click(), open.count()))
      .toBe(1);
    await open.click();
    const act = page.getByRole('button', { name: 'Rotate now', exact: true });
    expect(await act.isDisabled()).toBe(true);
    await page.getByLabel('Reason').fill('the console’s test');
    await act.click();
    await page
      .getByText(/is being regenerated|Waits until|former key/)
      .first()
      .waitFor();
    await showPlace(page, '#/blocks');
    await page.getByRole('button', { name: /^Lift the block of/ }).click();
    await page.getByRole('button', { name: 'Lift the block', exact: true }).click();
    await page.getByText('Nobody is blocked.').waitFor();
    expect(watch.messages).toEqual([]);
  });
});

describe('a page that is left alone', () => {
  test('says that it has no connection, keeps what it shows, and recovers', async () => {
    const { page } = await people.signedIn('reader');
    await showAnew(page, '#/tokens');
    await page.getByText('You hold no live tokens.').waitFor();
    await page.route(`${broker.url}/**`, (route) => route.abort('internetdisconnected'));
    const refresh = page.getByRole('button', { name: 'Refresh' });
    await refresh.click();
    await page.getByText(/No connection to the broker\. Last data \d\d:\d\d:\d\d UTC/).waitFor();
    await page.unroute(`${broker.url}/**`);
    // The button does nothing while the list is being read.
    await expect
      .poll(async () => (await refresh.click(), page.getByText('No connection to the broker.').count()), {
        timeout: 60_000,
      })
      .toBe(0);
  });

  test('ends its session after half an hour out of sight', async () => {
    const { page } = await people.signedIn('reader');
    await page.clock.install();
    const hide = (hidden: boolean) =>
      page.evaluate(
        `Object.defineProperty(document, 'hidden', { value: ${hidden}, configurable: true }); document.dispatchEvent(new Event('visibilitychange'))`,
      );
    const ended = page.getByText('Your session has ended.');
    await hide(true);
    await page.clock.fastForward('29:00');
    await hide(false);
    await page.clock.fastForward('02:00');
    await page.evaluate('0');
    expect(await ended.count()).toBe(0);
    await hide(true);
    await page.clock.fastForward('30:01');
    await ended.waitFor();
    expect(await storages(page)).toBe('{}');
  });
});
