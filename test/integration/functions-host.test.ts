import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { captureLog } from '../../local/broker-log.ts';
import { levelOfLine } from '../../local/host/log.ts';
import { programFile } from '../stack-client.ts';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'host-app-'));
symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
const hosts: Host[] = [];

interface Host {
  url: string;
  child: ChildProcess;
  output: () => string;
  exited: Promise<number | null>;
}

let apps = 0;

/** Starts the host in its own process with an app whose entry point is `source`. */
async function host(source: string, env: Record<string, string> = {}, hostJson: object = {}): Promise<Host> {
  const app = join(folder, `app${++apps}`);
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), JSON.stringify({ type: 'module', main: 'index.js' }));
  writeFileSync(join(app, 'host.json'), JSON.stringify({ version: '2.0', ...hostJson }));
  writeFileSync(join(app, 'index.js'), `import { app, output } from '@azure/functions';\n${source}`);
  const child = fork(programFile('local/functions-host.ts'), ['--port', '0', '--app', app], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout!, child.stderr!])
    stream.on('data', (chunk) => (output += String(chunk)));
  const exited = new Promise<number | null>((done) => child.once('close', done));
  const port = new Promise<number>((done) => {
    child.once('message', (message) => done((message as { listening: number }).listening));
  });
  const url = await Promise.race([port.then((at) => `http://127.0.0.1:${at}`), exited.then(() => '')]);
  const running = { url, child, output: () => output, exited };
  hosts.push(running);
  return running;
}

afterEach(async () => {
  for (const { child, exited } of hosts.splice(0)) {
    child.kill();
    await exited;
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const say = (name: string, options: string, text = name): string =>
  `app.http('${name}', { ${options}, handler: (request) => ({ jsonBody: ['${text}', request.params] }) });`;

describe('routes', () => {
  it('are tried in order of function name, whichever is the more literal', async () => {
    const { url } = await host(
      say('zLiteral', `route: 'items/fixed'`) +
        say('aParam', `route: 'items/{id}/{part?}'`) +
        say('own', `methods: ['GET']`),
    );
    const get = async (path: string): Promise<unknown> => (await fetch(`${url}/api/${path}`)).json();
    expect(await get('items/fixed')).toEqual(['aParam', { id: 'fixed' }]);
    expect(await get('Items/x%20y%2Fz/p/')).toEqual(['aParam', { id: 'x y%2Fz', part: 'p' }]);
    expect(await get('own')).toEqual(['own', {}]);
  });

  it('give 404 for a wrong method and an unknown path, and let a later function have the method', async () => {
    const { url } = await host(
      say('a', `route: 'thing', methods: ['GET']`) + say('b', `route: 'thing', methods: ['POST']`),
      {},
      { extensions: { http: { routePrefix: 'v9' } } },
    );
    const status = async (path: string, method: string): Promise<number> =>
      (await fetch(`${url}/${path}`, { method })).status;
    expect(await status('v9/thing', 'POST')).toBe(200);
    expect(await status('v9/thing', 'DELETE')).toBe(404);
    expect(await status('v9/other', 'GET')).toBe(404);
    expect(await status('api/thing', 'GET')).toBe(404);
  });
});

/** Sends bytes as they are, and returns the whole reply. The request must ask to close the connection. */
function exchange(url: string, request: string): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((done, fail) => {
    let reply = '';
    const socket = createConnection(Number(port), hostname, () => socket.write(request));
    socket.setEncoding('latin1').on('data', (text) => (reply += String(text)));
    socket.on('end', () => done(reply)).on('error', fail);
  });
}

const send = (
  url: string,
  method: string,
  path: string,
  headers: string[] = [],
  body = '',
): Promise<string> =>
  exchange(
    url,
    [`${method} ${path} HTTP/1.1`, 'Host: x', 'Connection: close', ...headers, '', body].join('\r\n'),
  );

describe('requests and replies', () => {
  it('have an empty body, and still the header, if the body has no length (Transfer-Encoding: chunked)', async () => {
    const { url } = await host(`app.http('echo', { methods: ['POST'], handler: async (request) => ({
      jsonBody: [await request.text(), request.headers.get('transfer-encoding'), request.headers.get('content-length')] }) });`);
    const chunks = ['7', '{"a":1}', '0', '', ''].join('\r\n');
    const reply = await send(url, 'POST', '/api/echo', ['Transfer-Encoding: chunked'], chunks);
    expect(reply).toMatch(/^HTTP\/1\.1 200 /);
    expect(reply).toMatch(/\["","chunked",null\]$/);
    const stream = new Blob(['{"a":1}']).stream();
    const init = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
    expect(await (await fetch(`${url}/api/echo`, init)).json()).toEqual(['', 'chunked', null]);
    const whole = await fetch(`${url}/api/echo`, { method: 'POST', body: '{"a":1}' });
    expect(await whole.json()).toEqual(['{"a":1}', null, '7']);
  });

  it('serve HEAD only for functions that are registered for it, without a body', async () => {
    const { url } = await host(
      say('get', `methods: ['GET']`) + say('both', `methods: ['GET', 'HEAD'], route: 'both'`),
    );
    expect((await fetch(`${url}/api/get`, { method: 'HEAD' })).status).toBe(404);
    const reply = await send(url, 'HEAD', '/api/both');
    expect(reply).toMatch(/^HTTP\/1\.1 200 /);
    expect(reply).toMatch(/\r\n\r\n$/);
    expect((await fetch(`${url}/api/both`)).headers.get('content-length')).toBe(
      /content-length: (\d+)/i.exec(reply)?.[1],
    );
  });

  it('are an empty 400 for a NUL in the path, a 414 for a longer path than 8 KiB, a 431 for 32 KiB of headers', async () => {
    const { url } = await host(say('a', `methods: ['GET'], route: 'a/{x}'`));
    const status = async (path: string, headers: string[] = []): Promise<string> => {
      const reply = await send(url, 'GET', path, headers);
      return `${/^HTTP\/1\.1 (\d+)/.exec(reply)?.[1] ?? ''} ${reply.split('\r\n\r\n')[1] ?? ''}`;
    };
    expect(await status('/api/a/x%00y')).toBe('400 ');
    expect(await status('/nowhere/%00')).toBe('400 ');
    expect(await status('/api/a/x?q=%00')).toMatch(/^200 /);
    expect(await status(`/api/a/${'x'.repeat(8000)}`)).toMatch(/^200 /);
    expect(await status(`/api/a/${'x'.repeat(8200)}`)).toBe('414 ');
    expect(await status(`/api/a/${'x'.repeat(100_000)}`)).toBe('414 ');
    expect(await status('/api/a/x', [`x-long: ${'x'.repeat(20_000)}`])).toMatch(/^200 /);
    expect(await status('/api/a/x', [`x-long: ${'x'.repeat(33_000)}`])).toBe('431 ');
  });

  it('carry query, headers, bytes and cookies unchanged', async () => {
    const { url } = await host(`app.http('echo', { methods: ['POST'], handler: async (request) => ({
      status: 207, body: Buffer.from(await request.arrayBuffer()), cookies: [{ name: 'c', value: 'v 1', httpOnly: true }],
      headers: { 'x-query': request.query.get('q') + '|' + request.query.get('e'), 'x-seen': request.headers.get('x-sent'),
        'x-address': String(request.headers.get('x-forwarded-for')), 'x-url': request.url } }) });`);
    const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
    const reply = await fetch(`${url}/api/echo?q=a%2Bb&e=`, {
      method: 'POST',
      body: bytes,
      headers: { 'x-sent': 'yes' },
    });
    expect(reply.status).toBe(207);
    expect(new Uint8Array(await reply.arrayBuffer())).toEqual(bytes);
    const header = (name: string): string | null => reply.headers.get(name);
    expect([header('x-query'), header('x-seen'), header('x-address')]).toEqual(['a+b|', 'yes', 'null']);
    expect(header('x-url')).toBe(`${url}/api/echo?q=a%2Bb&e=`);
    expect(header('set-cookie')).toBe('c=v%201; httponly');
  });

  it('say whom they came from if the host acts as the front end, too, after what the client says', async () => {
    const { url } = await host(
      `app.http('from', { handler: async (request) => ({ body: String(request.headers.get('x-forwarded-for')) }) });`,
      { HOST_FRONT_END: 'true' },
    );
    const from = async (headers: Record<string, string>) =>
      (await fetch(`${url}/api/from`, { headers })).text();
    expect(await from({})).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await from({ 'x-forwarded-for': '203.0.113.7' })).toMatch(/^203\.0\.113\.7,127\.0\.0\.1:\d+$/);
  });

  it('are an empty 500 when a handler throws, and the log says why in one line', async () => {
    const { url, output } =
      await host(`app.http('bad', { handler: () => { throw new Error('first\\nsecond'); } });
      app.http('talk', { handler: (_request, context) => { context.warn('careful', { n: 1 }); return { status: 204 }; } });`);
    const reply = await fetch(`${url}/api/bad`);
    expect([reply.status, await reply.text()]).toEqual([500, '']);
    expect((await fetch(`${url}/api/talk`)).status).toBe(204);
    await expect.poll(output).toMatch(/\[Error\] bad: Error: first \| second \| at /);
    await expect.poll(output).toMatch(/\[Warning\] talk: careful \{ n: 1 \}\n/);
  });

  it('answer 413 to a body over 100 MB without reading it', async () => {
    const { url } = await host(say('a', `methods: ['POST']`));
    const { hostname, port } = new URL(url);
    const { request } = await import('node:http');
    const status = await new Promise((done) => {
      const headers = { 'content-length': 101 * 1024 * 1024 };
      const sent = request({ hostname, port, path: '/api/a', method: 'POST', headers }, (reply) =>
        done(reply.statusCode),
      );
      sent.on('error', () => undefined).flushHeaders();
    });
    expect(status).toBe(413);
  });

  it('are 404 for a CORS preflight without HOST_CORS, and carry no CORS headers', async () => {
    const { url } = await host(say('a', `methods: ['GET']`), { HOST_CORS: '' });
    const headers = { origin: 'https://b.example', 'access-control-request-method': 'GET' };
    expect((await fetch(`${url}/api/a`, { method: 'OPTIONS', headers })).status).toBe(404);
    const reply = await fetch(`${url}/api/a`, { headers });
    expect([reply.status, reply.headers.get('access-control-allow-origin')]).toEqual([200, null]);
  });

  it('allow the origins of HOST_CORS', async () => {
    const { url } = await host(say('a', `methods: ['GET']`), {
      HOST_CORS: 'https://app.example,https://b.example',
    });
    const headers = { origin: 'https://b.example', 'access-control-request-method': 'GET' };
    const preflight = await fetch(`${url}/api/a`, { method: 'OPTIONS', headers });
    expect([preflight.status, preflight.headers.get('access-control-allow-methods')]).toEqual([204, 'GET']);
    const allowed = async (origin: string): Promise<string | null> =>
      (await fetch(`${url}/api/a`, { headers: { origin } })).headers.get('access-control-allow-origin');
    expect([await allowed('https://app.example'), await allowed('https://evil.example')]).toEqual([
      'https://app.example',
      null,
    ]);
  });
});

describe('timers', () => {
  const tick = `app.timer('tick', { schedule: '%TICK%', handler: (timer, context) => context.log('ran', timer.isPastDue, typeof timer.scheduleStatus.next) });`;

  it('run when asked for without a key, answered 202 at once, and only they', async () => {
    const { url, output } = await host(tick + say('a', `methods: ['GET']`), { TICK: '0 0 0 1 1 *' });
    const ask = async (name: string): Promise<number> =>
      (await fetch(`${url}/admin/functions/${name}`, { method: 'POST', body: '{}' })).status;
    expect([await ask('tick'), await ask('nothing'), await ask('a')]).toEqual([202, 404, 400]);
    await expect.poll(output).toMatch(/\[Information\] tick: ran false string\n/);
  });

  it('run on their schedule', async () => {
    const { output } = await host(tick, { TICK: '*/1 * * * * *' });
    await expect.poll(() => output().match(/tick: ran/g)?.length, { timeout: 5000 }).toBe(2);
  });
});

describe('a line on standard error', () => {
  it.each([
    ['{"level":"error","message":"no row"}', 'error'],
    ['Failed to read', 'error'],
    ['SEVERE: disk', 'error'],
    ['{"level":"warning","message":"an error"}', 'warning'],
    ['DeprecationWarning: x', 'warning'],
    ['a serious problem', 'information'],
    ['', 'information'],
  ])('%j is logged as %s', (line, level) => {
    expect(levelOfLine(line)).toBe(level);
  });

  it('is shown on the console by that level, and always kept in the log', async () => {
    const [stdout, stderr] = [new PassThrough(), new PassThrough()];
    const child = Object.assign(new EventEmitter(), { stdout, stderr }) as unknown as ChildProcess;
    const shown: string[] = [];
    const spy = vi.spyOn(console, 'error').mockImplementation((line) => void shown.push(String(line)));
    const file = join(folder, 'captured.log');
    captureLog(child, file);
    const write = async (stream: PassThrough, text: string): Promise<void> => {
      stream.write(text);
      await expect.poll(() => readFileSync(file, 'utf8')).toContain(text);
    };
    await write(stderr, 'starting\n');
    child.emit('message', { listening: 1 });
    await write(stderr, 'calm\n    at calm.js\nit failed\n    at bad.js\nDebugger attached.\n');
    await write(stdout, 'an error of no level\n[now] [Error] tick: bad\n[now] [Information] tick: ran\n');
    spy.mockRestore();
    expect(shown).toEqual(['starting', 'it failed', '    at bad.js', '[now] [Error] tick: bad']);
  });
});

describe('the host refuses to start', () => {
  const cases: [string, string, RegExp][] = [
    [
      'a trigger it does not support',
      `app.storageQueue('q', { queueName: 'x', connection: 'y', handler: () => {} });`,
      /"q": trigger "queueTrigger" is not supported/,
    ],
    [
      'an output binding',
      `app.http('a', { extraOutputs: [output.storageQueue({ queueName: 'x', connection: 'y' })], handler: () => {} });`,
      /"a": out binding "queue"/,
    ],
    [
      'function keys',
      `app.http('a', { authLevel: 'function', handler: () => {} });`,
      /authLevel must be anonymous/,
    ],
    [
      'two functions of one name',
      `${say('same', `route: 'x'`)}${say('Same', `route: 'y'`)}`,
      /two functions are named "Same"/,
    ],
    [
      'a schedule with an unknown setting',
      `app.timer('t', { schedule: '%NOPE_AT_ALL%', handler: () => {} });`,
      /the setting "NOPE_AT_ALL" does not exist/,
    ],
    ['an app that fails to load', `throw new Error('broken app');`, /broken app/],
  ];
  it.each(cases)('on %s', async (_what, source, words) => {
    const { exited, output, url } = await host(source);
    expect(url).toBe('');
    expect(await exited).toBe(1);
    expect(output()).toMatch(words);
  });
});

it('finishes the request in flight when told to stop, and takes no more', async () => {
  const { url, child, exited, output } = await host(
    `app.http('slow', { handler: async () => { await new Promise((done) => setTimeout(done, 500)); return { body: 'done' }; } });
     app.hook.appTerminate(() => console.log('terminated'));`,
  );
  const slow = fetch(`${url}/api/slow`);
  await new Promise((done) => setTimeout(done, 100));
  child.kill('SIGTERM');
  expect(await (await slow).text()).toBe('done');
  expect(await exited).toBe(0);
  expect(output()).toMatch(/terminated\n$/);
});
