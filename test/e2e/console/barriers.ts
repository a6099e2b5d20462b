import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { propertyRuns } from '../../property-runs.ts';

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

export interface Finding {
  readonly id: string;
  readonly impact: string;
  readonly where: string;
}

/** Runs axe on what the page shows, except Fluent's focus sentinels. The debugger evaluates it, so the page's policy stays. */
export async function findBarriers(page: Page): Promise<Finding[]> {
  await page.evaluate(axe.source);
  const expression = `axe.run({ exclude: [['[data-tabster-dummy]']] }, { runOnly: ${JSON.stringify(TAGS)}, resultTypes: ['violations'] })
    .then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, where: nodes[0].html.slice(0, 200) + ' ' + (nodes[0].any[0]?.message ?? '') })))`;
  return page.evaluate(expression);
}

/**
 * The looks that a test tries every screen in: all four in `.ci/run`, and the two that differ most in the developer's loop,
 * because axe takes about a second of processor time per screen.
 */
export const LOOKS = (
  [
    ['dark', 'narrow'],
    ['light', 'wide'],
    ['light', 'narrow'],
    ['dark', 'wide'],
  ] as const
).slice(0, propertyRuns({ quick: 2, full: 4 }));

/** How many pixels the page is too wide. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');
