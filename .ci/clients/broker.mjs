/**
 * A broker that issues tokens to everyone, and the storage that they are for. A request with the purpose `refresh` gets a new
 * token each time, which is soon to be refreshed. Prints its address.
 */
import { createServer } from 'node:http';

const token = (signature, refreshAfter) => ({
  id: `id-${signature}`,
  token: `sv=1&sig=${signature}`,
  url: `https://media.example/uploads/1?sv=1&sig=${signature}`,
  issuedAt: '2026-01-01T00:00:00Z',
  expiresIn: 900,
  refreshAfter,
  expiresAt: '2026-01-01T00:15:00Z',
});
const signatures = new Set();
let issued = 0;

function answer({ method, url, headers }, body, response) {
  if (url === '/signatures') return response.end([...signatures].join());
  if (url.startsWith('/storage/')) {
    signatures.add(new URL(url, 'http://storage').searchParams.get('sig'));
    return response.writeHead(201, { etag: '"1"', 'last-modified': new Date().toUTCString() }).end();
  }
  // The Functions host drops chunked bodies.
  if (method === 'POST' && headers['content-length'] === undefined) return response.writeHead(411).end();
  const { purpose } = JSON.parse(body);
  const reply =
    purpose === 'refresh' ? token((issued += 1), '2026-01-01T00:00:01Z') : token(1, '2026-01-01T00:12:00Z');
  response.writeHead(201).end(JSON.stringify(reply));
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => answer(request, Buffer.concat(chunks).toString(), response));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/api`));
