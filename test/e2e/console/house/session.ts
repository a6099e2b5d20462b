import { describe, expect, inject, test } from 'vitest';
import { signInAs } from '../../../../local/browser.ts';
import { sampleCallers } from '../../../../local/sample-callers.ts';
import { showPlace } from '../show-place.ts';
import { type House, storagesOf } from './house.ts';

const name = (caller: string) => sampleCallers[caller]!.name;

/** Tests how a session begins, is renewed and ends. */
export function testSession(house: () => House): void {
  describe('a session', () => {
    test('begins with the click that goes to the issuer', async () => {
      const { page, context, watch } = await house().browser.open();
      await page.goto(house().address);
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      expect(watch.requests.filter(({ url }) => url.includes('/authorize'))).toEqual([]);
      await context.close();
    });

    test.each(Object.keys(sampleCallers))('is for the sample caller %s', async (caller) => {
      const { page, watch } = await house().people.signedIn(caller);
      const opens = ['auditor', 'operator'].includes(caller) ? 'Overview' : 'My grants';
      await page.getByRole('heading', { level: 1, name: opens }).waitFor();
      // Only the flag that makes a reload go to the issuer.
      expect(await storagesOf(page)).toBe('{"signed-in":"yes"}');
      expect(page.url()).toBe(house().address);
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
      const { page } = await house().people.signedIn('stranger');
      await showPlace(page, '#/generate');
      await page.getByRole('heading', { name: 'No grant names you' }).waitFor();
      expect(await page.getByText(sampleCallers['stranger']!.oid).count()).toBe(1);
      expect(await page.getByRole('link', { name: 'Overview' }).count()).toBe(0);
    });

    test('does not call what a role lacks', async () => {
      const { page, watch } = await house().people.signedIn('operator');
      await showPlace(page, '#/activity');
      await page.getByText('You have: operator.').waitFor();
      await showPlace(page, '#/overview');
      await page.getByRole('link', { name: house().accounts.media.name }).waitFor();
      const paths = watch.requests.map(({ url }) => new URL(url).pathname);
      expect(paths.filter((path) => /events|denials/.test(path))).toEqual([]);
    });

    test('begins again at a reload, at the same place', async () => {
      const { page, watch } = await house().people.signedIn('uploader');
      await showPlace(page, '#/generate?container=uploads');
      await page.reload();
      await page.getByRole('heading', { name: 'Sign in as' }).waitFor();
      await page.getByRole('link', { name: name('uploader') }).click();
      await page.getByLabel('Container').waitFor();
      expect(page.url()).toBe(`${house().address}#/generate?container=uploads`);
      expect(watch.messages).toEqual([]);
    });

    test('ends when somebody signs out', async () => {
      const { page, watch } = await house().people.signedIn('backup');
      await page.getByRole('button', { name: /Signed in as/ }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await page.getByRole('heading', { name: 'Sign in to the SAS token broker' }).waitFor();
      expect(await storagesOf(page)).toBe('{}');
      expect(watch.messages).toEqual([]);
    });

    test('is renewed before its token expires, and ends if the issuer refuses', async () => {
      const { page, context, watch } = await house().browser.open();
      await page.clock.install();
      await signInAs(page, `${house().address}#/blocks`, name('operator'));
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
      expect(page.url()).toBe(`${house().address}#/blocks`);
      await context.close();
    });

    test('does not begin with an answer that nobody asked for', async () => {
      const { page, context, watch } = await house().browser.open();
      await page.goto(`${house().address}#code=stolen&state=x`);
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      expect(page.url()).toBe(house().address);
      expect(watch.requests.filter(({ method }) => method === 'POST')).toEqual([]);
      await context.close();
    });

    test('removes a SAS from its address', async () => {
      const { page, context, watch } = await house().browser.open();
      await page.goto(`${house().address}#/lookup?url=https%3A%2F%2Fa%3Fsig%3DSECRETSECRET`);
      await page.getByText('Treat it as leaked').waitFor();
      expect(page.url()).toBe(`${house().address}#/lookup`);
      expect(JSON.stringify(watch.requests)).not.toContain('SECRETSECRET');
      await context.close();
    });
  });
}
