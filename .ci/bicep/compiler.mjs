// Talks to the Bicep compiler over JSON-RPC. One process does everything: each start of the compiler takes seconds.
import { spawn } from 'node:child_process';

/** The subscription and the region of every expansion. */
export const SUBSCRIPTION = '11111111-2222-3333-4444-555555555555';
export const REGION = 'westeurope';

/** Starts the compiler at `path`. Call `stop` at the end. */
export function startCompiler(path) {
  const child = spawn(path, ['jsonrpc', '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = new Map();
  let lastId = 0;
  let unread = Buffer.alloc(0);

  child.stdout.on('data', (chunk) => {
    unread = Buffer.concat([unread, chunk]);
    for (let message = nextMessage(); message !== null; message = nextMessage()) {
      waiting.get(message.id)?.resolve(message);
      waiting.delete(message.id);
    }
  });
  child.on('exit', () => {
    for (const { reject } of waiting.values()) reject(new Error('the Bicep compiler ended'));
  });

  function nextMessage() {
    const bodyAt = unread.indexOf('\r\n\r\n') + 4;
    if (bodyAt < 4) return null;
    const length = Number(/content-length: *(\d+)/i.exec(unread.toString('latin1', 0, bodyAt))?.[1]);
    if (unread.length < bodyAt + length) return null;
    const message = JSON.parse(unread.toString('utf8', bodyAt, bodyAt + length));
    unread = unread.subarray(bodyAt + length);
    return message;
  }

  function request(method, params) {
    const id = (lastId += 1);
    const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method: `bicep/${method}`, params }));
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      child.stdin.write(`Content-Length: ${body.length}\r\n\r\n`);
      child.stdin.write(body);
    });
  }

  async function result(method, params) {
    const message = await request(method, params);
    if (message.error) throw new Error(message.error.message);
    return message.result;
  }

  return {
    compile: (path) => result('compile', { path }),
    compileParams: (path) => result('compileParams', { path, parameterOverrides: {} }),
    format: async (path) => (await result('format', { path })).contents,
    /**
     * Evaluates a template as Resource Manager does, without a subscription. Returns the resources that a deployment with
     * this .bicepparam file would create.
     * @throws Error with the compiler's message, for example that of `fail()`.
     */
    expand: async (path) => {
      const metadata = { subscriptionId: SUBSCRIPTION, location: REGION };
      const { snapshot } = await result('getSnapshot', { path, metadata });
      return JSON.parse(snapshot).predictedResources;
    },
    stop: () => child.kill(),
  };
}
