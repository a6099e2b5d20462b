import { describe, expect, test } from 'vitest';
import { showAnew } from '../show-place.ts';
import { type House, storagesOf } from './house.ts';

/** Tests the form that gives a token. */
export function testGetToken(house: () => House): void {
  describe('Get a token', () => {
    test('gives a token that uploads, and keeps it nowhere', async () => {
      const { page, watch } = await house().people.signedIn('uploader');
      await showAnew(page, '#/generate');
      await page.getByLabel('URL', { exact: true }).fill(`${house().uploads}/report.txt`);
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
      for (const text of [
        page.url(),
        await storagesOf(page),
        house().broker.output(),
        JSON.stringify(watch.requests),
      ])
        for (const secret of [signature, encodeURIComponent(signature)]) expect(text).not.toContain(secret);
      await page.getByRole('button', { name: 'Clear' }).click();
      expect(await page.content()).not.toContain(encodeURIComponent(signature));
      expect(watch.messages).toEqual([]);
    });

    test('says what is missing, and offers the most that would pass', async () => {
      const { page, watch } = await house().people.signedIn('uploader');
      await showAnew(page, '#/generate');
      const asked = watch.requests.length;
      await page.getByLabel('URL', { exact: true }).fill(`${house().uploads}/report.txt`);
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
}
