import { describe, expect, test } from 'vitest';
import { showAnew } from '../show-place.ts';
import { type House, storagesOf } from './house.ts';

/** Tests a page without a connection or without a person. */
export function testLeftAlone(house: () => House): void {
  describe('a page that is left alone', () => {
    test('says that it has no connection, keeps what it shows, and recovers', async () => {
      const { page } = await house().people.signedIn('reader');
      await showAnew(page, '#/tokens');
      await page.getByText('You hold no live tokens.').waitFor();
      await page.route(`${house().broker.url}/**`, (route) => route.abort('internetdisconnected'));
      const refresh = page.getByRole('button', { name: 'Refresh' });
      await refresh.click();
      await page.getByText(/No connection to the broker\. Last data \d\d:\d\d:\d\d UTC/).waitFor();
      await page.unrouteAll({ behavior: 'wait' });
      // The button does nothing while the list is being read.
      await expect
        .poll(
          async () => (await refresh.click(), page.getByText('No connection to the house().broker.').count()),
          {
            timeout: 60_000,
          },
        )
        .toBe(0);
    });

    test('ends its session after half an hour out of sight', async () => {
      const { page } = await house().people.signedIn('reader');
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
      expect(await storagesOf(page)).toBe('{}');
    });
  });
}
