import type { Page } from 'playwright-core';
import { parsePlace, TITLES } from '../../../console/src/route/places.ts';

/** Shows a place, such as `#/account?account=media`, and resolves once the console shows it. */
export async function showPlace(page: Page, address: string, hash: string): Promise<void> {
  await page.goto(`${address}${hash}`);
  const { place } = parsePlace(hash)!;
  const begins = place === 'tokens' ? 'Tokens|My tokens' : TITLES[place];
  await page.waitForFunction(`/^(?:${begins}) ·/.test(document.title)`);
}

/**
 * Shows a place as one who comes from another, so that its screen begins anew. To the console, addresses that follow each
 * other at once are one change.
 */
export async function showAnew(page: Page, address: string, hash: string): Promise<void> {
  await showPlace(page, address, '#/grants');
  await showPlace(page, address, hash);
}
