import { expect, it } from 'vitest';
import { prefetch, type PrefetchPorts } from '../../../shared/compose/prefetch.ts';
import { account, grant } from '../../fakes/configuration.ts';

const NOW = new Date('2026-11-22T15:00:00Z');

/** Ports that note each call and answer it with `reply`. */
function portsOf(
  parts: { grants: ReturnType<typeof grant>[]; names?: string[] },
  reply: () => Promise<never>,
) {
  const { grants, names = ['media'] } = parts;
  const calls: string[] = [];
  const answer = (what: string) => {
    calls.push(what);
    return reply();
  };
  const ports: PrefetchPorts = {
    config: {
      issuers: ['one', 'two'].map((id) => ({ id, issuer: id }) as PrefetchPorts['config']['issuers'][number]),
      accounts: new Map(names.map((name) => [name, account({ name })])),
      grants,
    },
    bearerTokens: { readKeys: (issuer) => answer(`keys of ${issuer}`) },
    issuing: {
      blocks: { blockOf: () => answer('blocks') },
      delegationKeys: {
        keyFor: ({ name }, service) => answer(`${name}/${service}`),
        isAlive: () => Promise.resolve(true),
      },
    },
  };
  return { ports, calls };
}

const never = () => new Promise<never>(() => undefined);
const delegating = grant({ kinds: ['user-delegation'] });

it('asks for everything before any reply arrives', () => {
  const { ports, calls } = portsOf({ grants: [delegating] }, never);
  void prefetch(ports, NOW);
  expect(calls.sort()).toEqual(['blocks', 'keys of one', 'keys of two', 'media/blob']);
});

it.each([
  ['give service tokens only', grant({ kinds: ['service'] })],
  ['only say what they would allow', grant({ kinds: ['user-delegation'], mode: 'report' })],
  ['are about queues', grant({ kinds: ['user-delegation'], resources: ['media/queue/*'] })],
])('asks for no delegation key of an account whose grants %s', (_what, other) => {
  const { ports, calls } = portsOf({ grants: [other] }, never);
  void prefetch(ports, NOW);
  expect(calls).not.toContain('media/blob');
});

it('asks for the keys of four accounts at most, one after the other', async () => {
  const names = ['a1', 'a2', 'a3', 'a4', 'a5'];
  const grants = names.map((name) =>
    grant({ kinds: ['user-delegation'], resources: [`${name}/blob/photos/**`] }),
  );
  const waiting = portsOf({ grants, names }, never);
  void prefetch(waiting.ports, NOW);
  const ofAccounts = (calls: readonly string[]) => calls.filter((call) => call.endsWith('/blob'));
  expect(ofAccounts(waiting.calls)).toEqual(['a1/blob']);
  const failing = portsOf({ grants, names }, () => Promise.reject(new Error('down')));
  await prefetch(failing.ports, NOW);
  expect(ofAccounts(failing.calls)).toEqual(names.slice(0, 4).map((name) => `${name}/blob`));
});

it('resolves if everything fails', async () => {
  const { ports } = portsOf({ grants: [delegating] }, () => Promise.reject(new Error('down')));
  await expect(prefetch(ports, NOW)).resolves.toBeUndefined();
});
