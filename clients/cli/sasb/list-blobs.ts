import type { TokenSource } from '../../js/index.ts';
import { sendToStorage } from './send-to-storage.ts';

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Yields the names of a container's blobs, in storage's order.
 * @param url the container's URL without a query
 */
export async function* listBlobs(
  url: string,
  prefix: string | undefined,
  source: TokenSource,
): AsyncGenerator<string> {
  let marker = '';
  do {
    const query = new URLSearchParams({ restype: 'container', comp: 'list' });
    if (prefix !== undefined) query.set('prefix', prefix);
    if (marker !== '') query.set('marker', marker);
    const reply = await sendToStorage(source, `${url}?${query.toString()}`, {
      headers: { 'x-ms-version': '2021-12-02' },
    });
    const text = await reply.text();
    for (const [, encoded, name = ''] of text.matchAll(/<Name( Encoded="true")?>([^<]*)<\/Name>/g))
      yield encoded === undefined ? unescapeXml(name) : decodeURIComponent(name);
    marker = unescapeXml(/<NextMarker>([^<]*)<\/NextMarker>/.exec(text)?.[1] ?? '');
  } while (marker !== '');
}

function unescapeXml(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (all: string, hex?: string, decimal?: string, name?: string) => {
      if (hex !== undefined) return String.fromCodePoint(parseInt(hex, 16));
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      return ENTITIES[name ?? ''] ?? all;
    },
  );
}
