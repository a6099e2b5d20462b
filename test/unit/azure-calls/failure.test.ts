import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { retryAfterOf } from '../../../shared/azure-calls/failure.ts';
import { readTwice } from '../../../shared/azure-calls/read-twice.ts';

const NOW = new Date('2026-11-22T15:00:00Z');

/** An error as the SDKs throw it. */
function sdkError(statusCode?: number, headers: Record<string, string> = {}): Error {
  const response = { headers: { get: (name: string) => headers[name] } };
  return Object.assign(new Error('quotes a URL'), { name: 'RestError', statusCode, response });
}

/** Throws each error in turn, then answers. */
function answering(...errors: Error[]) {
  let calls = 0;
  const read = async (): Promise<string> => {
    const error = errors[calls++];
    if (error !== undefined) throw error;
    return 'answer';
  };
  return { read, calls: () => calls };
}

describe('Retry-After', () => {
  test.each([
    ['17', 17],
    ['0', 0],
    [' 5 ', 5],
    ['Sun, 22 Nov 2026 15:00:30 GMT', 30],
    ['Sun, 22 Nov 2026 14:00:00 GMT', 0],
    ['Sunday, 22-Nov-26 15:00:30 GMT', 30],
    ['Sun Nov 22 15:00:30 2026', 30],
    ['3600', 3600],
    ['3601', 3600],
    ['999999999', 3600],
    ['99999999999', 3600],
    ['Tue, 01 Jan 2058 00:00:00 GMT', 3600],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 0],
    ['Sun, 99 Nov 2026 15:00:30 GMT', null],
    ['soon', null],
    ['in 5 minutes', null],
    ['-5', null],
    ['+5', null],
    ['1.5', null],
    ['0x10', null],
    ['1e3', null],
    ['2058', 2058],
    ['2058-01-01', null],
    ['17, 18', null],
    ['', null],
  ])('%o is %o seconds', (text, seconds) => {
    expect(retryAfterOf(sdkError(429, { 'retry-after': text }), NOW)).toBe(seconds);
  });

  test('is null for an error without a reply', () => {
    for (const error of [undefined, null, 'text', new Error('x')])
      expect(retryAfterOf(error, NOW)).toBeNull();
  });
});

describe('a read', () => {
  test.each([
    ['no answer', sdkError()],
    ['500', sdkError(500)],
    ['503', sdkError(503)],
  ])('is tried once more after %s', async (_, error) => {
    const once = answering(error);
    expect(await readTwice(5000, once.read)).toBe('answer');
    const twice = answering(error, error);
    await expect(readTwice(5000, twice.read)).rejects.toBe(error);
    expect(twice.calls()).toBe(2);
  });

  test.each([
    ['403', sdkError(403)],
    ['404', sdkError(404)],
    ['429', sdkError(429)],
    ['503 with Retry-After', sdkError(503, { 'retry-after': '30' })],
    ['no credential', Object.assign(new Error('host'), { name: 'CredentialUnavailableError' })],
  ])('is not tried again after %s', async (_, error) => {
    const reading = answering(error);
    await expect(readTwice(5000, reading.read)).rejects.toBe(error);
    expect(reading.calls()).toBe(1);
  });

  test('times out even if it ignores the signal', async () => {
    vi.useFakeTimers();
    onTestFinished(() => void vi.useRealTimers());
    const ended = vi.fn();
    void readTwice(5000, () => new Promise(() => undefined)).catch(ended);
    await vi.advanceTimersByTimeAsync(4999);
    expect(ended).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(ended).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'TimeoutError' }));
  });
});
