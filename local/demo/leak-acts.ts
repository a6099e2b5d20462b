import { setTimeout as pause } from 'node:timers/promises';
import { type Act, download, getAs, parseBody, photoUrl, postAs, type Stage } from './stage.ts';

/** Longer than `clockSkew` in broker.template.json, and the second to which rows are exact. */
const CLOCK_SKEW_MS = 3000;

/** What the acts of the leak drill pass on to each other. */
const shared: { leaked?: Issued; survivor?: Issued; lever?: string; planHash?: unknown } = {};

interface Issued {
  readonly id: string;
  readonly url: string;
}

interface Lever {
  readonly lever: string;
  readonly planHash: string;
  readonly kills: { readonly tokens: number };
}

/** A URL leaks: look it up, plan its end, end it, and see what survives. */
export const leakActs: Act[] = [
  {
    title: 'Ravi gets a URL, which leaks, and another one that is signed with an account key',
    play: async (stage) => {
      shared.leaked = await issue(stage, 'user-delegation');
      shared.survivor = await issue(stage, 'service');
      const statuses = [await download(stage, shared.leaked.url), await download(stage, shared.survivor.url)];
      return { expected: '200 and 200', happened: statuses.map(({ status }) => status).join(' and ') };
    },
  },
  {
    title: 'Ada, the auditor, looks the leaked URL up: Ravi got it, and it is live',
    play: async (stage) => {
      const reply = await postAs(stage, 'auditor', '/tokens/lookup', { url: shared.leaked?.url });
      const { records = [] } = parseBody(reply) as {
        records?: { id: string; state: string; caller: { name: string } }[];
      };
      const [record] = records;
      const found = record?.id === shared.leaked?.id ? 'the leaked one' : 'another one';
      return {
        expected: 'the leaked one, Ravi Reader, live',
        happened: `${found}, ${record?.caller.name ?? 'nobody'}, ${record?.state ?? 'unknown'}`,
      };
    },
  },
  {
    title:
      'Otto, the operator, plans the end of that token: the narrowest lever that the broker pulls itself',
    play: async (stage) => {
      // A token that was issued within clockSkew of the order might have a newer key, and would stay unproved.
      await pause(CLOCK_SKEW_MS);
      const target = { token: shared.leaked?.id };
      const plan = parseBody(await postAs(stage, 'operator', '/revocations', { target }));
      const [first] = (plan['levers'] ?? []) as Lever[];
      shared.lever = first?.lever ?? '';
      shared.planHash = first?.planHash;
      return {
        expected: 'revoke-delegation-keys ends 1 of 1 token',
        happened: `${shared.lever} ends ${first?.kills.tokens} of ${String(plan['tokens'])} token`,
      };
    },
  },
  {
    title: 'He acts on the plan, and the broker proves on storage that the keys behind the token are dead',
    play: async (stage) => {
      const reply = await postAs(stage, 'operator', '/revocations', {
        target: { token: shared.leaked?.id },
        lever: shared.lever,
        planHash: shared.planHash,
        reason: 'the URL was posted in a public chat',
        dryRun: false,
      });
      const { state, proved } = parseBody(reply);
      return {
        expected: '200 done, proved',
        happened: `${reply.status} ${String(state)}, ${proved === true ? 'proved' : 'not proved'}`,
      };
    },
  },
  {
    title: 'Storage refuses the leaked URL, the record says why, and the other URL still works',
    play: async (stage) => {
      const leaked = await download(stage, shared.leaked?.url ?? '');
      const survivor = await download(stage, shared.survivor?.url ?? '');
      const states = [await stateOf(stage, shared.leaked), await stateOf(stage, shared.survivor)];
      return {
        expected: '403 revoked, 200 live',
        happened: `${leaked.status} ${states[0]}, ${survivor.status} ${states[1]}`,
      };
    },
  },
  {
    title: 'New user delegation SAS are signed with a new key and work',
    play: async (stage) => {
      const deadline = Date.now() + 20_000;
      let status = 0;
      while (status !== 200 && Date.now() < deadline) {
        ({ status } = await download(stage, (await issue(stage, 'user-delegation')).url));
        if (status !== 200) await pause(500);
      }
      return { expected: '200', happened: String(status) };
    },
  },
];

async function issue(stage: Stage, kind: string): Promise<Issued> {
  const order = { url: photoUrl(stage), permissions: 'r', kind };
  const body = parseBody(await postAs(stage, 'reader', '/tokens', order));
  return { id: String(body['id']), url: String(body['url']) };
}

async function stateOf(stage: Stage, token: Issued | undefined): Promise<string> {
  return String(parseBody(await getAs(stage, 'auditor', `/tokens/${token?.id}`))['state']);
}
