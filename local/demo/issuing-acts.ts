import { sampleCallers } from '../sample-callers.ts';
import { send } from '../send.ts';
import { ask, json, type Act } from './stage.ts';

const uploaderOid = sampleCallers['uploader']?.oid ?? '';

/** Issue, upload, download, refuse, look up. */
export const issuingActs: Act[] = [
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
      const reply = await ask(stage, 'reader', '/tokens', {
        url,
        permissions: 'r',
        kind: 'service',
        ttl: 'PT10S',
      });
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
