import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker, type BrokerProcess } from './broker-process.ts';
import { freePorts } from './ports.ts';
import { sampleCallers } from './sample-callers.ts';
import { send, type Reply } from './send.ts';
import { startStack, type Stack } from './stack.ts';

/*
 * npm run demo: a stack of its own in a folder of its own, the whole story act by act, and an exit code of 0 only if
 * every act went as expected.
 */

/** What an act saw, beside what it expected. */
interface Outcome {
  readonly expected: string;
  readonly happened: string;
}

interface Act {
  readonly title: string;
  readonly play: (stage: Stage) => Promise<Outcome>;
}

/** The stack and what earlier acts leave to later ones. */
interface Stage {
  readonly stack: Stack;
  readonly broker: BrokerProcess;
  uploaded?: { id: string; url: string; fingerprint: string };
}

const uploaderOid = sampleCallers['uploader']?.oid ?? '';

const acts: Act[] = [
  {
    title: 'Ursula asks for a URL to upload one file into her own folder',
    play: async (stage) => {
      const url = `${stage.stack.blob}/media/uploads/${uploaderOid}/hello.txt`;
      const reply = await ask(stage, 'uploader', '/tokens', {
        url,
        permissions: 'cw',
        ttl: 'PT15M',
        purpose: 'demo',
      });
      const token = json(reply);
      stage.uploaded = {
        id: String(token['id']),
        url: String(token['url']),
        fingerprint: String(token['fingerprint']),
      };
      return {
        expected: '201, a user-delegation SAS with cw',
        happened: `${reply.status}, a ${String(token['kind'])} SAS with ${String(token['permissions'])}`,
      };
    },
  },
  {
    title: 'She uploads with it',
    play: async ({ stack, uploaded }) => {
      const headers = { 'x-ms-blob-type': 'BlockBlob' };
      const reply = await send(uploaded?.url ?? '', {
        ca: stack.certificate.ca,
        method: 'PUT',
        headers,
        body: 'hello',
      });
      return { expected: '201', happened: String(reply.status) };
    },
  },
  {
    title: 'The same URL does not read, and does not open another blob',
    play: async ({ stack, uploaded }) => {
      const url = uploaded?.url ?? '';
      const { ca } = stack.certificate;
      const read = await send(url, { ca });
      const other = await send(url.replace('hello.txt', 'other.txt'), {
        ca,
        method: 'PUT',
        headers: { 'x-ms-blob-type': 'BlockBlob' },
        body: 'x',
      });
      return { expected: '403 and 403', happened: `${read.status} and ${other.status}` };
    },
  },
  {
    title: 'Ravi downloads a photo with a service SAS',
    play: async (stage) => {
      const url = `${stage.stack.blob}/media/photos/sample.jpg`;
      const reply = await ask(stage, 'reader', '/tokens', { url, permissions: 'r', kind: 'service' });
      const download = await send(String(json(reply)['url']), { ca: stage.stack.certificate.ca });
      return {
        expected: '201, then 200 image/jpeg',
        happened: `${reply.status}, then ${download.status} ${String(download.headers['content-type'])}`,
      };
    },
  },
  {
    title: 'Ravi may not write there, and is told the limit',
    play: async (stage) => {
      const url = `${stage.stack.blob}/media/photos/sample.jpg`;
      const reply = await ask(stage, 'reader', '/tokens', { url, permissions: 'rw' });
      return { expected: '403 forbidden', happened: `${reply.status} ${String(json(reply)['code'])}` };
    },
  },
  {
    title: 'A stranger with a valid identity and no grant gets nothing, and no bearer gets less',
    play: async (stage) => {
      const url = `${stage.stack.blob}/media/photos/sample.jpg`;
      const stranger = await ask(stage, 'stranger', '/tokens', { url, permissions: 'r' });
      const nobody = await send(`${stage.broker.url}/tokens`, { method: 'POST', body: '{}' });
      return { expected: '403 and 401', happened: `${stranger.status} and ${nobody.status}` };
    },
  },
  {
    title: 'Ada, the auditor, finds Ursula’s URL in a log and asks whose it is',
    play: async (stage) => {
      const reply = await ask(stage, 'auditor', '/tokens/lookup', { url: stage.uploaded?.url });
      const answer = json(reply) as {
        verdict?: string;
        records?: { id: string; caller: { name: string } }[];
      };
      const [record] = answer.records ?? [];
      const same = record?.id === stage.uploaded?.id ? 'the same row' : 'another row';
      return {
        expected: '200 issued, Ursula Uploader, the same row',
        happened: `${reply.status} ${answer.verdict ?? ''}, ${record?.caller.name ?? 'nobody'}, ${same}`,
      };
    },
  },
  {
    title: 'Ada finds the row by its fingerprint alone, as a storage log has it',
    play: async (stage) => {
      const reply = await ask(stage, 'auditor', '/tokens/lookup', {
        fingerprint: stage.uploaded?.fingerprint,
      });
      const { records = [] } = json(reply) as { records?: unknown[] };
      return { expected: '200, 1 row', happened: `${reply.status}, ${records.length} row` };
    },
  },
];

async function ask(stage: Stage, caller: string, path: string, body: object): Promise<Reply> {
  const bearer = await stage.stack.issuer.issue(caller);
  const headers = { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' };
  return send(`${stage.broker.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
}

const json = (reply: Reply): Record<string, unknown> => JSON.parse(reply.text) as Record<string, unknown>;

async function play(stage: Stage): Promise<number> {
  let failed = 0;
  for (const [index, act] of acts.entries()) {
    const { expected, happened } = await act.play(stage);
    const ok = expected === happened;
    if (!ok) failed += 1;
    console.log(
      `\n${index + 1}. ${act.title}\n   expected: ${expected}\n   happened: ${happened}  ${ok ? 'ok' : 'NOT AS EXPECTED'}`,
    );
  }
  console.log(`\n${acts.length - failed} acts as expected, ${failed} not.`);
  return failed;
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sas-token-broker-demo-'));
  const running: { stop(): Promise<void> }[] = [];
  try {
    const stack = await startStack({ folder, ports: freePorts, inMemory: true });
    running.push(stack);
    const output = openSync(join(folder, 'broker.log'), 'w');
    const broker = await startBroker(stack, { app: join(import.meta.dirname, '..'), port: 0, output });
    running.unshift(broker);
    return await play({ stack, broker });
  } finally {
    for (const part of running) await part.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then(
  (failed) => process.exit(failed === 0 ? 0 : 1),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
