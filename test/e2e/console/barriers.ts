import axe from 'axe-core';
import type { Page } from 'playwright-core';

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

/** How many pixels the page is too wide. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate('document.documentElement.scrollWidth - innerWidth');
