import { describe, expect, test } from 'vitest';
import { tick } from '../../rotated-account.ts';
import { call } from '../../test-broker.ts';
import { showPlace } from '../show-place.ts';
import type { House } from './house.ts';

/** Tests what operators do besides revocations. */
export function testOperatorActs(house: () => House): void {
  describe('an operator', () => {
    test('rotates with a reason, sees the phase move, and lifts a block', async () => {
      const { page, watch } = await house().people.signedIn('operator');
      await call(house().broker, 'operator', 'GET', '/accounts');
      await tick(house().broker);
      await showPlace(page, `#/account?account=${house().accounts.media.name}`);
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
}
