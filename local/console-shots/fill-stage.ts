import { postAs, type Stage } from '../demo/stage.ts';
import { sampleCallers } from '../sample-callers.ts';
import { send } from '../send.ts';

const own = sampleCallers['uploader']?.oid ?? '';

interface Wave {
  readonly caller: string;
  readonly url: string;
  readonly permissions: string;
  readonly ttl: string;
  readonly kind: string;
  readonly count: number;
}

/** Gives the stack some history: live tokens of each kind for many hours, refusals, a rotation and a block. */
export async function fillStage(stage: Stage): Promise<void> {
  await runTimer(stage);
  const media = `${stage.stack.blob}/media`;
  const hours = Array.from({ length: 22 }, (_, hour) => hour + 1);
  const backups = hours.map((hour): Wave => ({
    caller: 'backup',
    url: `${media}/photos/2026/${hour}.jpg`,
    permissions: 'r',
    ttl: `PT${hour}H`,
    kind: hour % 3 === 0 ? 'service' : 'user-delegation',
    count: Math.max(1, Math.round(30 / hour)),
  }));
  const waves: Wave[] = [
    {
      caller: 'uploader',
      url: `${media}/uploads/${own}/a.jpg`,
      permissions: 'cw',
      ttl: 'PT40M',
      kind: 'service',
      count: 14,
    },
    {
      caller: 'reader',
      url: `${media}/photos/sample.jpg`,
      permissions: 'r',
      ttl: 'PT15M',
      kind: 'auto',
      count: 22,
    },
    ...backups,
  ];
  for (const { count, caller, ...request } of waves)
    await postAs(stage, caller, '/tokens/batch', {
      requests: Array.from({ length: count }, () => ({ ...request, purpose: 'made for a picture' })),
    });
  for (const name of ['a.jpg', 'b.jpg', 'c.jpg'])
    await postAs(stage, 'stranger', '/tokens', { url: `${media}/uploads/${own}/${name}`, permissions: 'r' });
  await postAs(stage, 'reader', '/tokens', { url: `${media}/uploads/${own}/a.jpg`, permissions: 'd' });
  await postAs(stage, 'operator', '/accounts/archive/rotation', { reason: 'to show a drain' });
  for (let ticks = 0; ticks < 3; ticks += 1) {
    await runTimer(stage);
    await new Promise((done) => setTimeout(done, 1500));
  }
  await postAs(stage, 'operator', '/callers/blocks', {
    issuer: 'local',
    subject: sampleCallers['stranger']?.oid ?? '',
    reason: 'asked for files of others, incident 4711',
  });
}

/** Runs the rotation's timer, and waits until it has run. */
async function runTimer({ broker }: Stage): Promise<void> {
  await send(`${broker.admin}/functions/rotateKeys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  await new Promise((done) => setTimeout(done, 1500));
}
