import { describe, expect, it } from 'vitest';
import { parseQueuePath, queueResourceFaults } from '../../../shared/requests/queue-names.ts';
import { queueResourceSchema } from '../../../shared/requests/resource-schemas.ts';
import { queueUrl } from '../../../shared/requests/resource-url.ts';
import { ok } from '../../../shared/result.ts';
import { account } from '../../fakes/configuration.ts';

describe('a queue', () => {
  it.each(['abc', 'a1-b2-c3', '0'.repeat(63)])('may be named %s', (queue) =>
    expect(queueResourceFaults({ queue })).toEqual([]),
  );

  it.each([
    '',
    'ab',
    'a'.repeat(64),
    'Abc',
    'a--b',
    '-abc',
    'abc-',
    'a_b',
    'a.b',
    '$root',
    'abc/d',
    'ab\n',
    'é11',
  ])('must not be named %j', (queue) =>
    expect(queueResourceFaults({ queue })).toMatchObject([{ path: 'queue' }]),
  );

  it('has a strict shape', () => {
    expect(queueResourceSchema.safeParse({ service: 'queue', queue: 'jobs' }).success).toBe(true);
    expect(queueResourceSchema.safeParse({ service: 'queue', queue: 'jobs', blob: 'a' }).success).toBe(false);
    expect(queueResourceSchema.safeParse({ service: 'blob', queue: 'jobs' }).success).toBe(false);
    expect(queueResourceSchema.safeParse({ service: 'queue' }).success).toBe(false);
  });

  it.each(['jobs', 'jobs/', '%6aobs'])('is read from the path %s', (path) =>
    expect(parseQueuePath(path)).toEqual(ok({ queue: 'jobs' })),
  );

  it.each([
    ['', /3 to 63/],
    ['jobs/messages', /whole queue/],
    ['jobs//', /whole queue/],
    ['jobs%2fa', /%2f/],
    ['%ff', /UTF-8/],
    ['Jobs', /lower-case/],
  ])('is not read from the path %s', (path, message) =>
    expect(parseQueuePath(path)).toMatchObject({
      ok: false,
      fault: { message: expect.stringMatching(message) as string },
    }),
  );

  it('has a URL with its name', () => {
    const url = queueUrl(account(), { account: 'media', service: 'queue', queue: 'jobs' });
    expect(url).toBe('https://media.queue.core.windows.net/jobs');
  });
});
