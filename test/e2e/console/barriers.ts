import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { SIZES } from '../../../local/browser.ts';
import { propertyRuns } from '../../property-runs.ts';

/** A folder for pictures of every scene; without it none are made. */
const PICTURES = process.env['CONSOLE_PICTURES'];

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** The rules that a theme can break. Everything else depends on the size alone. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

/**
 * Runs axe on what the page shows, except Fluent's focus sentinels and tooltips: these belong to no landmark, and come and go
 * with time. The debugger evaluates it, so the page's policy stays.
 */
async function findBarriers(page: Page, rules: 'all' | 'colours'): Promise<string[]> {
  // To evaluate axe takes as long as to run it.
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe.source);
  const runOnly = rules === 'all' ? { type: 'tag', values: TAGS } : { type: 'rule', values: COLOUR_RULES };
  const expression = `axe.run({ exclude: [['[data-tabster-dummy]'], ['[role=tooltip]']] }, { runOnly: ${JSON.stringify(runOnly)}, resultTypes: ['violations'] })
    .then(({ violations }) => violations.map(({ id, impact, nodes }) => [impact, id, nodes[0].html.slice(0, 200), nodes[0].any[0]?.message ?? ''].join(' ')))`;
  return page.evaluate(expression);
}

/**
 * The looks that a test tries every screen in: all four in `.ci/run`, and the two that differ most in the developer's loop,
 * because axe takes about a second of processor time per screen.
 */
const LOOKS = (
  [
    ['dark', 'narrow'],
    ['light', 'wide'],
    ['light', 'narrow'],
    ['dark', 'wide'],
  ] as const
).slice(0, propertyRuns({ quick: 2, full: 4 }));

/** How many pixels the page is too wide. */
const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');

/** Shows what the page shows in each look, and returns what is wrong with it. Leaves the page as it was opened. */
export async function faultsInEveryLook(page: Page, scene: string): Promise<string[]> {
  const faults: string[] = [];
  const seen = new Set<keyof typeof SIZES>();
  for (const [theme, size] of LOOKS) {
    await wear(page, theme, size);
    const wide = await overflow(page);
    if (wide > 0) faults.push(`${scene} ${size}: ${wide} px too wide`);
    const found = await findBarriers(page, seen.has(size) ? 'colours' : 'all');
    faults.push(...found.map((fault) => `${scene} ${size} ${theme}: ${fault}`));
    seen.add(size);
    if (PICTURES === undefined) continue;
    mkdirSync(PICTURES, { recursive: true });
    const path = join(PICTURES, `${scene}-${size}-${theme}.png`);
    await page.screenshot({ path, fullPage: size === 'narrow' });
  }
  await wear(page, 'light', 'wide');
  return faults;
}

/** Changes the page's look, and resolves once the console has drawn it. */
async function wear(page: Page, theme: 'light' | 'dark', size: keyof typeof SIZES): Promise<void> {
  await page.setViewportSize(SIZES[size]);
  await page.emulateMedia({ colorScheme: theme });
  await page.locator(`.fui-FluentProvider.${theme}`).first().waitFor();
  await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
}
