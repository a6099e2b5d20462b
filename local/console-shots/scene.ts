import type { Page } from 'playwright-core';
import type { Stage } from '../demo/stage.ts';

/** One picture of the console. */
export interface Scene {
  readonly name: string;
  /** The sample caller who looks; null: nobody has signed in. */
  readonly as: string | null;
  /** The place: `#/overview`. */
  readonly at: string;
  /** True if the picture is of the whole page and not of what fits. */
  readonly whole?: boolean;
  /** The pictures that docs/console.md shows, such as `wide-light`. */
  readonly inDocs?: readonly string[];
  readonly act?: (page: Page, stage: Stage) => Promise<void>;
}
