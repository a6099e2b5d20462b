import {
  BlobSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import type { TestAccount } from '../../stack-client.ts';
import { tick } from '../rotated-account.ts';
import { call } from '../test-broker.ts';
import { faultsInEveryLook } from './barriers.ts';
import { type IssuedPhoto, openPhotoConsole, PHOTO, type PhotoStage } from './console-stage.ts';
import { unexpectedLines } from './console-lines.ts';
import type { Person } from './people.ts';
import { SCENES } from './scenes.ts';
import type { Scene } from './scenes/scene.ts';
import { showAnew } from './show-place.ts';

let stage: PhotoStage;
let foreign: string;
let leaked: IssuedPhoto;

beforeAll(async () => {
  stage = await openPhotoConsole();
  const { accounts, broker, issue } = stage;
  foreign = signElsewhere(accounts.media);
  leaked = await issue();
  for (const kind of ['service', 'user-delegation', 'service'] as const) await issue(kind);
  const denied = { url: `${accounts.media.blob}/photos/a.jpg`, permissions: 'r' };
  for (const who of ['stranger', 'uploader', 'uploader']) await call(broker, who, 'POST', '/tokens', denied);
});

afterAll(() => stage.stop());

/** Returns a URL that somebody who has key1 has signed. */
function signElsewhere({ name, key1, blob }: TestAccount): string {
  const parameters = generateBlobSASQueryParameters(
    {
      containerName: 'photos',
      blobName: PHOTO,
      permissions: BlobSASPermissions.parse('r'),
      expiresOn: new Date(Date.now() + 3_600_000),
    },
    new StorageSharedKeyCredential(name, key1),
  );
  return `${blob}/photos/${PHOTO}?${parameters.toString()}`;
}

/** Shows a scene, and returns what is wrong with it in any look. */
async function faultsOf(
  { name, hash, act, provokes = [] }: Scene,
  { page, watch }: Person,
): Promise<string[]> {
  const { accounts, address, broker } = stage;
  const before = watch.messages.length;
  const account = accounts.media.name;
  await showAnew(page, hash({ account, id: leaked.id }));
  await act(page, { leaked: leaked.url, foreign, account, tick: () => tick(broker) });
  const faults = await faultsInEveryLook(page, name);
  const lines = unexpectedLines(watch.messages.slice(before), address, provokes);
  return [...faults, ...lines.map((line) => `${name}: ${line}`)];
}

describe('every scene of the console', () => {
  test.each(Object.keys(SCENES))(
    'fits, is quiet and has no barrier in any look, for the sample caller %s',
    async (caller) => {
      const person = await stage.people.signedIn(caller);
      const { watch } = person;
      const faults = [...watch.messages];
      for (const scene of SCENES[caller]!) faults.push(...(await faultsOf(scene, person)));
      expect(faults).toEqual([]);
      const origins = new Set(watch.requests.map(({ url }) => new URL(url).origin));
      expect([...origins].sort()).toEqual([new URL(stage.address).origin, inject('stack').issuer].sort());
    },
    300_000,
  );
});
