import type { Page } from 'playwright-core';
import { sampleCallers } from '../../../../local/sample-callers.ts';
import { call } from '../../test-broker.ts';
import { type ConsoleStage, openConsole } from '../console-stage.ts';

/** A console with a token, a refusal and a block. */
export interface House extends ConsoleStage {
  /** The URL of the folder that the sample caller *uploader* may write to, without a trailing slash. */
  readonly uploads: string;
}

export async function openHouse(): Promise<House> {
  const stage = await openConsole(
    ({ media }) => [
      {
        id: 'photo-upload',
        description: 'Each signed-in user uploads to their own folder',
        callers: [{ issuer: 'local', claims: { roles: 'Photos.Upload' } }],
        resources: [`${media.name}/blob/uploads/\${claims.oid}/**`],
        permissions: 'cw',
        kinds: ['user-delegation', 'service'],
      },
    ],
    'uploads',
  );
  const { accounts, broker } = stage;
  const uploads = `${accounts.media.blob}/uploads/${sampleCallers['uploader']!.oid}`;
  const block = { issuer: 'local', subject: sampleCallers['backup']!.oid, reason: 'incident 4711' };
  await call(broker, 'uploader', 'POST', '/tokens', { url: `${uploads}/a.txt`, permissions: 'cw' });
  await call(broker, 'stranger', 'POST', '/tokens', { url: `${uploads}/a.txt`, permissions: 'r' });
  await call(broker, 'operator', 'POST', '/callers/blocks', block);
  return { ...stage, uploads };
}

/** Everything that the page keeps in its storages, as JSON. */
export const storagesOf = (page: Page): Promise<string> =>
  page.evaluate<string>('JSON.stringify({ ...sessionStorage, ...localStorage })');
