// A broker that issues the same token to everyone. Prints its address.
import { createServer } from 'node:http';

const token = {
  id: 'id-1',
  token: 'sv=1&sig=1',
  url: 'https://media.example/uploads/1?sv=1&sig=1',
  issuedAt: '2026-01-01T00:00:00Z',
  expiresIn: 900,
  refreshAfter: '2026-01-01T00:12:00Z',
  expiresAt: '2026-01-01T00:15:00Z',
};
const server = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(201).end(JSON.stringify(token)));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/api`));
