import type { Page } from 'playwright-core';
import { expect } from 'vitest';

/** One state of a screen that every look is tried on. */
export interface Scene {
  readonly name: string;
  /** Its address, for the account's name and the id of a leaked token. */
  readonly hash: (given: { readonly account: string; readonly id: string }) => string;
  /** Brings the screen into the state, and waits for it. */
  readonly act: (page: Page, given: Given) => Promise<void>;
  /**
   * The replies that the scene provokes and that the browser reports in its console, as `404 tokens/lookup`. No other line
   * may appear there.
   */
  readonly provokes?: readonly string[];
}

export interface Given {
  /** The URL of a live token that the broker issued. */
  readonly leaked: string;
  /** A live URL that something else signed with key1 of the account. */
  readonly foreign: string;
  readonly account: string;
  /** Runs the broker's timer. */
  readonly tick: () => Promise<unknown>;
}

export const paste = (page: Page, text: string) => page.getByLabel(/SAS URL, token, fingerprint/).fill(text);
export const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click();
export const choose = (page: Page, name: RegExp) => page.getByRole('radio', { name }).click();
export const see = (page: Page, text: string | RegExp) => page.getByText(text).first().waitFor();
export const seeHeading = (page: Page, name: string | RegExp) =>
  page.getByRole('heading', { name }).waitFor();
/** Nothing of the screen is still loading. */
export const loaded = (page: Page) =>
  expect.poll(() => page.locator('main .loading').count(), { timeout: 60_000 }).toBe(0);

/** Why the operator of the scenes acts. */
export const REASON = 'Incident 4711: URL in a public build log';
