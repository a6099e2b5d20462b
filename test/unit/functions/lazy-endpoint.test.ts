import { type HttpHandler, HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { describe, expect, it, vi } from 'vitest';
import { lazyEndpoint } from '../../../functions/lazy-endpoint.ts';

const request = new HttpRequest({ method: 'POST', url: 'http://localhost/api/tokens' });
const missing = Object.assign(new Error('Cannot find /home/site/wwwroot/x.js'), {
  code: 'ERR_MODULE_NOT_FOUND',
});

describe('a handler that is loaded with its first request', () => {
  it('is loaded once', async () => {
    const load = vi.fn(async (): Promise<HttpHandler> => () => ({ status: 201 }));
    const handler = lazyEndpoint(load);
    expect(load).not.toHaveBeenCalled();
    expect(await handler(request, new InvocationContext())).toEqual({ status: 201 });
    expect(await handler(request, new InvocationContext())).toEqual({ status: 201 });
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('answers with a problem if it cannot be loaded, logs the fault without a path, and is loaded by the next request', async () => {
    const load = vi.fn(async (): Promise<HttpHandler> => () => ({ status: 201 }));
    load.mockRejectedValueOnce(missing);
    const handler = lazyEndpoint(load);
    const lines: string[] = [];
    const context = new InvocationContext({
      invocationId: 'one',
      logHandler: (_level, line) => lines.push(String(line)),
    });
    const answer = (await handler(request, context)) as HttpResponseInit;
    expect(answer.status).toBe(500);
    expect(JSON.parse(answer.body as string)).toMatchObject({ code: 'internal', requestId: 'one' });
    expect(lines.join()).toContain('ERR_MODULE_NOT_FOUND');
    expect(lines.join()).not.toContain('wwwroot');
    expect(await handler(request, context)).toEqual({ status: 201 });
  });
});
