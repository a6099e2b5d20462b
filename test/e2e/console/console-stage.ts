import { inject } from 'vitest';
import { type Browser, startBrowser } from '../../../local/browser.ts';
import { takeOver } from '../rotated-account.ts';
import {
  type Accounts,
  call,
  configuration,
  newAccounts,
  QUICK_ROTATION,
  readerGrant,
  startBroker,
  type TestBroker,
} from '../test-broker.ts';
import { gatherPeople, type People } from './people.ts';

/** A broker with the console, and a browser. */
export interface ConsoleStage {
  readonly accounts: Accounts;
  readonly broker: TestBroker;
  readonly browser: Browser;
  /** The console's address. */
  readonly address: string;
  readonly people: People;
  readonly stop: () => Promise<void>;
}

/** A token that the sample caller *reader* got. */
export interface IssuedPhoto {
  readonly id: string;
  readonly url: string;
  readonly token: string;
}

export interface PhotoStage extends ConsoleStage {
  /** Issues a token that reads the photo. */
  readonly issue: (kind?: 'service' | 'user-delegation') => Promise<IssuedPhoto>;
}

/** The photo that tokens of a `PhotoStage` read, in the container `photos`. */
export const PHOTO = 'inbox/2026/IMG_2231.jpg';

/** The default. With less, a broker beside a browser on a busy machine refuses requests as overloaded. */
const SETTINGS = { REQUEST_DEADLINE: 'PT10S' };

/**
 * Starts a broker with the console, and a browser.
 * @param grantsOf the grants of broker.json.
 * @param container is created in the account.
 * @param members further members of broker.json.
 */
export async function openConsole(
  grantsOf: (accounts: Accounts) => object[],
  container: string,
  members: object = {},
): Promise<ConsoleStage> {
  const [accounts, browser] = await Promise.all([newAccounts(), startBrowser()]);
  const config = configuration(accounts, grantsOf(accounts), QUICK_ROTATION);
  const [broker] = await Promise.all([
    startBroker(accounts, { ...config, ...members, console: consoleMember() }, SETTINGS),
    accounts.container(container),
  ]);
  const address = `${broker.url}/console/`;
  return {
    accounts,
    broker,
    browser,
    address,
    people: gatherPeople(browser, address),
    stop: async () => {
      await Promise.all([browser.close(), broker.stop()]);
    },
  };
}

/** Opens a console whose account is in rotation, and in which the sample caller *reader* may read photos. */
export async function openPhotoConsole(members: object = {}): Promise<PhotoStage> {
  const stage = await openConsole(({ media }) => [readerGrant([media])], 'photos', members);
  const { accounts, broker } = stage;
  await takeOver(broker, accounts.media);
  return {
    ...stage,
    issue: async (kind = 'service') => {
      const url = `${accounts.media.blob}/photos/${PHOTO}`;
      const request = { url, permissions: 'r', kind, purpose: 'profile photo' };
      const { status, body } = await call(broker, 'reader', 'POST', '/tokens', request);
      if (status !== 201) throw new Error(`no token: ${status} ${JSON.stringify(body)}`);
      return { id: String(body['id']), url: String(body['url']), token: String(body['token']) };
    },
  };
}

/** The member `console` of broker.json for the stack's issuer. */
function consoleMember(): object {
  const { issuer } = inject('stack');
  return {
    title: 'tests',
    issuer: 'local',
    authorizationEndpoint: `${issuer}/authorize`,
    tokenEndpoint: `${issuer}/token`,
    endSessionEndpoint: `${issuer}/endsession`,
    clientId: 'console',
    scope: 'openid profile offline_access',
  };
}
