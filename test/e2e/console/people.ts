import type { Page } from 'playwright-core';
import { type Browser, type OpenPage, passSignIn, type Watch } from '../../../local/browser.ts';
import { sampleCallers } from '../../../local/sample-callers.ts';

/** A person with the console open. */
export interface Person {
  readonly name: string;
  readonly page: Page;
  readonly watch: Watch;
  /** Every address that the page had. */
  readonly addresses: string[];
}

export interface People {
  /**
   * Returns a sample caller with the console open. Signs in the first time; afterwards all tests share the page, because a
   * sign-in takes seconds of processor time.
   */
  signedIn(caller: string): Promise<Person>;
  /** Everybody who has signed in. */
  all(): Promise<Person[]>;
}

export function gatherPeople(browser: Browser, address: string): People {
  const people = new Map<string, Promise<Person>>();
  let first: Promise<OpenPage> | undefined;
  const openPage = async (): Promise<OpenPage> => {
    if (first !== undefined) return (await first).another();
    first = browser.open();
    return first;
  };
  const open = async (caller: string): Promise<Person> => {
    const { page, watch } = await openPage();
    const { name } = sampleCallers[caller]!;
    const person: Person = { name, page, watch, addresses: [] };
    page.on('framenavigated', (frame) => person.addresses.push(frame.url()));
    await page.goto(address);
    await passSignIn(page, name);
    return person;
  };
  return {
    signedIn: (caller) => {
      const person = people.get(caller) ?? open(caller);
      people.set(caller, person);
      return person;
    },
    all: () => Promise.all(people.values()),
  };
}
