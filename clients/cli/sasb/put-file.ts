import { open, type FileHandle } from 'node:fs/promises';
import type { IssuedToken, TokenSource } from '../../js/index.ts';
import { sendToStorage } from './send-to-storage.ts';

const BLOCK_BYTES = 8 * 1024 * 1024;
const AT_ONCE = 4;
/** Storage's limit for a blob. */
const MOST_BLOCKS = 50_000;

export interface PutResult {
  readonly bytes: number;
  readonly blocks: number;
  readonly tokens: number;
  /** The token that was used last; null for no token at all. */
  readonly last: IssuedToken | null;
}

/**
 * Uploads a file in blocks, four at a time, each with a token that is fresh at that time.
 * @param url the blob's URL without a query
 * @param progress gets the bytes that have arrived, and all
 * @throws StorageFault, BrokerProblem, and errors of the file system
 */
export async function putFile(
  file: string,
  url: string,
  source: TokenSource,
  progress: (sent: number, size: number) => void,
): Promise<PutResult> {
  const counting = countTokens(source);
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const blockBytes = Math.max(BLOCK_BYTES, Math.ceil(size / MOST_BLOCKS));
    const ids = Array.from({ length: Math.ceil(size / blockBytes) }, (_, number) =>
      Buffer.from(String(number).padStart(6, '0')).toString('base64'),
    );
    let sent = 0;
    const waiting = [...ids.entries()];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const [number, id] = next;
        const body = await read(
          handle,
          number * blockBytes,
          Math.min(blockBytes, size - number * blockBytes),
        );
        await sendToStorage(counting.source, `${url}?comp=block&blockid=${encodeURIComponent(id)}`, {
          method: 'PUT',
          body,
        });
        sent += body.length;
        progress(sent, size);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const list = ids.map((id) => `<Latest>${id}</Latest>`).join('');
    const body = `<?xml version="1.0" encoding="utf-8"?><BlockList>${list}</BlockList>`;
    const headers = { 'x-ms-blob-content-type': 'application/octet-stream' };
    await sendToStorage(counting.source, `${url}?comp=blocklist`, { method: 'PUT', body, headers });
    return { bytes: size, blocks: ids.length, ...counting.used() };
  } finally {
    await handle.close();
  }
}

function countTokens(source: TokenSource) {
  const signatures = new Set<string>();
  let last: IssuedToken | null = null;
  return {
    source: {
      get: async (options?: Parameters<TokenSource['get']>[0]) => {
        last = await source.get(options);
        signatures.add(last.token);
        return last;
      },
    },
    used: () => ({ tokens: signatures.size, last }),
  };
}

async function read(handle: FileHandle, at: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const block = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const { bytesRead } = await handle.read(block, filled, length - filled, at + filled);
    if (bytesRead === 0) throw new Error('The file became shorter while it was read.');
    filled += bytesRead;
  }
  return block;
}
