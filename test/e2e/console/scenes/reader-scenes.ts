import { type Scene, see, seeHeading } from './scene.ts';

/** What callers see who have a grant and no role. */
export const readerScenes: readonly Scene[] = [
  { name: 'grants', hash: () => '#/grants', act: (page) => seeHeading(page, 'read') },
  {
    name: 'generate',
    hash: () => '#/generate',
    act: async (page, { leaked }) => {
      await page.getByLabel('URL', { exact: true }).fill(leaked.replace(/\?.*/, ''));
      await seeHeading(page, /^You would/);
    },
  },
  { name: 'my-tokens', hash: () => '#/tokens', act: (page) => see(page, /live ·/) },
];
