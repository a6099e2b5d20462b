import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { send } from '../send.ts';
import { type Act, download, getAs, parseBody, photoUrl, postAs, type Stage } from './stage.ts';

/** What the rotation acts pass on to each other. */
const shared: { tokenUrl?: string; expiresAt?: Date; formerKey?: string; leakedUrl?: string } = {};

const rotationPath = '/accounts/media/rotation';

/** Rotate the keys under a live token, then revoke a leaked key. */
export const rotationActs: Act[] = [
  {
    title:
      'Ravi gets a service SAS, signed with an account key, and an operator orders a rotation of the keys',
    play: async (stage) => {
      const token = await requestServiceSas(stage, { ttl: 40 });
      shared.tokenUrl = String(token['url']);
      shared.expiresAt = new Date(String(token['expiresAt']));
      shared.formerKey = stage.stack.keys()['media']?.key1 ?? '';
      const order = await postAs(stage, 'operator', rotationPath, { reason: 'demo' });
      return {
        expected: '202, signed with key1',
        happened: `${order.status}, signed with ${await readSigningKey(stage, String(token['id']))}`,
      };
    },
  },
  {
    title: 'The new key is published; the old one drains, and Ravi’s token works until it expires',
    play: async (stage) => {
      const statuses = new Set<number>();
      const isLive = (): boolean => new Date() < (shared.expiresAt ?? new Date(0));
      let phase = '';
      while (isLive()) {
        const { status } = await download(stage, shared.tokenUrl ?? '');
        if (isLive()) statuses.add(status);
        phase = await runRotationTimer(stage);
      }
      return { expected: 'only 200, draining', happened: `only ${[...statuses].join(' and ')}, ${phase}` };
    },
  },
  {
    title: 'New tokens are signed with the other key',
    play: async (stage) => {
      const token = await requestServiceSas(stage);
      const { status } = await download(stage, String(token['url']));
      return {
        expected: 'key2, 200',
        happened: `${await readSigningKey(stage, String(token['id']))}, ${status}`,
      };
    },
  },
  {
    title: 'After the drain, storage itself refuses the old key, so a token forged with it no longer works',
    play: async (stage) => {
      const deadline = Date.now() + 40_000;
      let phase = '';
      while (phase !== 'steady' && Date.now() < deadline) phase = await runRotationTimer(stage);
      const { status } = await download(stage, forgeSasUrl(stage, shared.formerKey ?? ''));
      return { expected: 'steady, 403', happened: `${phase}, ${status}` };
    },
  },
  {
    title: 'key2 leaks: someone reads from storage with a token that they forged',
    play: async (stage) => {
      shared.leakedUrl = forgeSasUrl(stage, stage.stack.keys()['media']?.key2 ?? '');
      const { status } = await download(stage, shared.leakedUrl);
      return { expected: '200', happened: String(status) };
    },
  },
  {
    title: 'Otto, the operator, checks which other tokens would stop working, and revokes the key',
    play: async (stage) => {
      const target = { account: 'media', key: 'key2' };
      const plan = parseBody(await postAs(stage, 'operator', '/revocations', { target }));
      const order = {
        target,
        lever: 'regenerate-key',
        planHash: plan['planHash'],
        reason: 'key2 leaked',
        dryRun: false,
      };
      const reply = await postAs(stage, 'operator', '/revocations', order);
      const isAccepted = reply.status === 200 || reply.status === 202;
      const outcome = isAccepted ? 'accepted' : `${reply.status} ${reply.text}`;
      return {
        expected: 'a plan for tokens of key2, accepted',
        happened: `a plan for tokens of ${plan['tokens'] === undefined ? 'nothing' : 'key2'}, ${outcome}`,
      };
    },
  },
  {
    title: 'Storage refuses the leaked key within seconds, and the broker keeps issuing tokens',
    play: async (stage) => {
      const deadline = Date.now() + 30_000;
      let status = 200;
      while (status !== 403 && Date.now() < deadline) {
        await runRotationTimer(stage);
        ({ status } = await download(stage, shared.leakedUrl ?? ''));
      }
      // Instances may sign with the revoked key until they read the secret again.
      await pause(4500);
      const token = await requestServiceSas(stage);
      const photo = await download(stage, String(token['url']));
      return { expected: '403, then 200', happened: `${status}, then ${photo.status}` };
    },
  },
];

async function requestServiceSas(stage: Stage, options: object = {}): Promise<Record<string, unknown>> {
  const order = { url: photoUrl(stage), permissions: 'r', kind: 'service', ...options };
  return parseBody(await postAs(stage, 'reader', '/tokens', order));
}

/** Runs the timer's function as the platform would. Returns the account's rotation phase half a second later. */
async function runRotationTimer(stage: Stage): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  await send(`${stage.broker.admin}/functions/rotateKeys`, { method: 'POST', headers, body: '{}' });
  await pause(500);
  return String(parseBody(await getAs(stage, 'operator', rotationPath))['phase']);
}

async function readSigningKey(stage: Stage, id: string): Promise<string> {
  const record = parseBody(await getAs(stage, 'auditor', `/tokens/${id}`));
  return (record['signedWith'] as { key?: string }).key ?? 'nothing';
}

/** Signs a SAS without the broker, as anyone with the key can: a service SAS of a blob, version 2020-12-06. */
function forgeSasUrl(stage: Stage, key: string): string {
  const version = '2020-12-06';
  const expiry = `${new Date(Date.now() + 600_000).toISOString().slice(0, 19)}Z`;
  const fields = [
    'r',
    '',
    expiry,
    '/blob/media/photos/sample.jpg',
    '',
    '',
    '',
    version,
    'b',
    '',
    '',
    '',
    '',
    '',
    '',
    '',
  ];
  const signature = createHmac('sha256', Buffer.from(key, 'base64'))
    .update(fields.join('\n'))
    .digest('base64');
  const query = new URLSearchParams({ sv: version, sr: 'b', sp: 'r', se: expiry, sig: signature });
  return `${photoUrl(stage)}?${query.toString()}`;
}
