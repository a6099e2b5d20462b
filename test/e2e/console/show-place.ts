import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { parsePlace, TITLES } from '../../../console/src/route/places.ts';

/** Shows a place, such as `#/account?account=media`, to somebody signed in, and resolves once the console shows it. */
export async function showPlace(page: Page, hash: string): Promise<void> {
  // To navigate to the address that the page already has would be a reload, which ends the session.
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  const { place } = parsePlace(hash)!;
  const begins = place === 'tokens' ? 'Tokens|My tokens' : TITLES[place];
  // The page's policy forbids what `page.waitForFunction` does if it has to wait.
  await expect.poll(() => page.title(), { timeout: 60_000 }).toMatch(new RegExp(`^(?:${begins}) ·`));
}

/**
 * Shows a place as one who comes from another, so that its screen begins anew. To the console, addresses that follow each
 * other at once are one change.
 */
export async function showAnew(page: Page, hash: string): Promise<void> {
  await showPlace(page, '#/grants');
  await showPlace(page, hash);
}
