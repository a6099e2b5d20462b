import { sampleCallers } from '../sample-callers.ts';
import { send } from '../send.ts';
import { type Act, download, parseBody, photoUrl, postAs, upload } from './stage.ts';

const uploaderOid = sampleCallers['uploader']?.oid ?? '';

/** Issue, upload, download, refuse and look up. */
export const issuingActs: Act[] = [
  {
    title: 'Ursula asks for a URL to upload one file to her own folder',
    play: async (stage) => {
      const url = `${stage.stack.blob}/media/uploads/${uploaderOid}/hello.txt`;
      const order = { url, permissions: 'cw', ttl: 'PT15M', purpose: 'demo' };
      const reply = await postAs(stage, 'uploader', '/tokens', order);
      const token = parseBody(reply);
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
    title: 'She uploads the file with it',
    play: async (stage) => {
      const reply = await upload(stage, stage.uploaded?.url ?? '', 'hello');
      return { expected: '201', happened: String(reply.status) };
    },
  },
  {
    title: 'The same URL cannot read the file, and cannot write another one',
    play: async (stage) => {
      const url = stage.uploaded?.url ?? '';
      const read = await download(stage, url);
      const other = await upload(stage, url.replace('hello.txt', 'other.txt'), 'x');
      return { expected: '403 and 403', happened: `${read.status} and ${other.status}` };
    },
  },
  {
    title: 'Ravi downloads a photo with a service SAS',
    play: async (stage) => {
      const order = { url: photoUrl(stage), permissions: 'r', kind: 'service', ttl: 'PT10S' };
      const reply = await postAs(stage, 'reader', '/tokens', order);
      const photo = await download(stage, String(parseBody(reply)['url']));
      return {
        expected: '201, then 200 image/jpeg',
        happened: `${reply.status}, then ${photo.status} ${String(photo.headers['content-type'])}`,
      };
    },
  },
  {
    title: 'Ravi asks to write there too, and is told what he may do',
    play: async (stage) => {
      const order = { url: photoUrl(stage), permissions: 'rw' };
      const reply = await postAs(stage, 'reader', '/tokens', order);
      return { expected: '403 forbidden', happened: `${reply.status} ${String(parseBody(reply)['code'])}` };
    },
  },
  {
    title:
      'A stranger with a valid identity but no grant is refused, and so is a request without a bearer token',
    play: async (stage) => {
      const order = { url: photoUrl(stage), permissions: 'r' };
      const stranger = await postAs(stage, 'stranger', '/tokens', order);
      const nobody = await send(`${stage.broker.url}/tokens`, { method: 'POST', body: '{}' });
      return { expected: '403 and 401', happened: `${stranger.status} and ${nobody.status}` };
    },
  },
  {
    title: 'Ada, the auditor, finds Ursula’s URL in a log and asks whose it is',
    play: async (stage) => {
      const reply = await postAs(stage, 'auditor', '/tokens/lookup', { url: stage.uploaded?.url });
      const result = parseBody(reply) as {
        verdict?: string;
        records?: { id: string; caller: { name: string } }[];
      };
      const [record] = result.records ?? [];
      const row = record?.id === stage.uploaded?.id ? 'the same row' : 'another row';
      return {
        expected: '200 issued, Ursula Uploader, the same row',
        happened: `${reply.status} ${result.verdict ?? ''}, ${record?.caller.name ?? 'nobody'}, ${row}`,
      };
    },
  },
  {
    title: 'Ada finds the row by the fingerprint alone, as it appears in a storage log',
    play: async (stage) => {
      const { fingerprint } = stage.uploaded ?? {};
      const reply = await postAs(stage, 'auditor', '/tokens/lookup', { fingerprint });
      const { records = [] } = parseBody(reply) as { records?: unknown[] };
      return { expected: '200, 1 row', happened: `${reply.status}, ${records.length} row` };
    },
  },
];
