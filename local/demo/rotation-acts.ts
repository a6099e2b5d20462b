import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { send } from '../send.ts';
import { ask, json, type Act, type Stage } from './stage.ts';

/** What the acts of rotation leave to each other. */
const left: { photo?: string; expiresAt?: Date; formerKey?: string; leaked?: string } = {};

const photoOf = (stage: Stage): string => `${stage.stack.blob}/media/photos/sample.jpg`;
const rotationPath = '/accounts/media/rotation';

/** Rotation while a token lives, and a leaked key. */
export const rotationActs: Act[] = [
  {
    title: 'Ravi takes a service SAS that an account key signs, and an operator rotates the keys under it',
    play: async (stage) => {
      const token = json(
        await ask(stage, 'reader', '/tokens', {
          url: photoOf(stage),
          permissions: 'r',
          kind: 'service',
          ttl: 40,
        }),
      );
      left.photo = String(token['url']);
      left.expiresAt = new Date(String(token['expiresAt']));
      left.formerKey = stage.stack.keys()['media']?.key1 ?? '';
      const order = await ask(stage, 'operator', rotationPath, { reason: 'demo' });
      return {
        expected: '202, signed with key1',
        happened: `${order.status}, signed with ${await signerOf(stage, String(token['id']))}`,
      };
    },
  },
  {
    title: 'The new key is published; the old one drains, and Ravi’s token works on it to its last second',
    play: async (stage) => {
      const seen = new Set<number>();
      let phase = '';
      while (new Date() < (left.expiresAt ?? new Date(0))) {
        const { status } = await send(left.photo ?? '', { ca: stage.stack.certificate.ca });
        if (new Date() < (left.expiresAt ?? new Date(0))) seen.add(status);
        phase = await tick(stage);
      }
      return { expected: 'only 200, draining', happened: `only ${[...seen].join(' and ')}, ${phase}` };
    },
  },
  {
    title: 'New tokens come from the other key',
    play: async (stage) => {
      const token = json(
        await ask(stage, 'reader', '/tokens', { url: photoOf(stage), permissions: 'r', kind: 'service' }),
      );
      const { status } = await send(String(token['url']), { ca: stage.stack.certificate.ca });
      return { expected: 'key2, 200', happened: `${await signerOf(stage, String(token['id']))}, ${status}` };
    },
  },
  {
    title: 'After the drain the old key is dead on the storage itself: a token forged with it is refused',
    play: async (stage) => {
      const end = Date.now() + 40_000;
      let phase = '';
      while (phase !== 'steady' && Date.now() < end) phase = await tick(stage);
      const { status } = await send(forged(stage, left.formerKey ?? ''), { ca: stage.stack.certificate.ca });
      return { expected: 'steady, 403', happened: `${phase}, ${status}` };
    },
  },
  {
    title: 'key2 leaks: somebody opens the storage with a token of their own making',
    play: async (stage) => {
      left.leaked = forged(stage, stage.stack.keys()['media']?.key2 ?? '');
      const { status } = await send(left.leaked, { ca: stage.stack.certificate.ca });
      return { expected: '200', happened: String(status) };
    },
  },
  {
    title: 'Otto, the operator, looks what else would die, and gives the key up',
    play: async (stage) => {
      const target = { account: 'media', key: 'key2' };
      const plan = json(await ask(stage, 'operator', '/revocations', { target }));
      const order = {
        target,
        lever: 'regenerate-key',
        planHash: plan['planHash'],
        reason: 'key2 leaked',
        dryRun: false,
      };
      const act = await ask(stage, 'operator', '/revocations', order);
      const accepted = act.status === 200 || act.status === 202 ? 'accepted' : `${act.status} ${act.text}`;
      return {
        expected: 'a plan for tokens of key2, accepted',
        happened: `a plan for tokens of ${plan['tokens'] === undefined ? 'nothing' : 'key2'}, ${accepted}`,
      };
    },
  },
  {
    title: 'The leaked key is dead within seconds, and issuing goes on',
    play: async (stage) => {
      const end = Date.now() + 30_000;
      let status = 200;
      while (status !== 403 && Date.now() < end) {
        await tick(stage);
        ({ status } = await send(left.leaked ?? '', { ca: stage.stack.certificate.ca }));
      }
      // Instances may sign with the dead key until they read the secret again.
      await pause(4500);
      const token = json(
        await ask(stage, 'reader', '/tokens', { url: photoOf(stage), permissions: 'r', kind: 'service' }),
      );
      const download = await send(String(token['url']), { ca: stage.stack.certificate.ca });
      return { expected: '403, then 200', happened: `${status}, then ${download.status}` };
    },
  },
];

/** Runs the timer's function as the platform would, and tells the phase that media is in then. */
async function tick(stage: Stage): Promise<string> {
  const headers = { 'content-type': 'application/json' };
  await send(`${stage.broker.admin}/functions/rotateKeys`, { method: 'POST', headers, body: '{}' });
  await pause(500);
  const authorization = `Bearer ${await stage.stack.issuer.issue('operator')}`;
  const reply = await send(`${stage.broker.url}${rotationPath}`, { headers: { authorization } });
  return String(json(reply)['phase']);
}

async function signerOf(stage: Stage, id: string): Promise<string> {
  const authorization = `Bearer ${await stage.stack.issuer.issue('auditor')}`;
  const record = json(await send(`${stage.broker.url}/tokens/${id}`, { headers: { authorization } }));
  return (record['signedWith'] as { key?: string }).key ?? 'nothing';
}

/** What anyone can do who has the key: a SAS that no broker issued (service SAS of a blob, version 2020-12-06). */
function forged(stage: Stage, key: string): string {
  const expiry = `${new Date(Date.now() + 600_000).toISOString().slice(0, 19)}Z`;
  const fields = [
    'r',
    '',
    expiry,
    '/blob/media/photos/sample.jpg',
    '',
    '',
    '',
    '2020-12-06',
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
  const query = new URLSearchParams({ sv: '2020-12-06', sr: 'b', sp: 'r', se: expiry, sig: signature });
  return `${photoOf(stage)}?${query.toString()}`;
}
