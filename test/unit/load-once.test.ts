import { describe, expect, it, vi } from 'vitest';
import { codeLoads, loadOnce } from '../../shared/load-once.ts';

describe('something that is loaded once', () => {
  it('is loaded with the first call, and kept', async () => {
    const load = vi.fn(async () => ({}));
    const get = loadOnce(load);
    expect(load).not.toHaveBeenCalled();
    const [one, other] = await Promise.all([get(), get()]);
    expect(one).toBe(other);
    expect(await get()).toBe(one);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('is loaded again after a failure', async () => {
    const load = vi.fn(async () => 'loaded').mockRejectedValueOnce(new Error('no file'));
    const get = loadOnce(load);
    await expect(get()).rejects.toThrow('no file');
    expect(await get()).toBe('loaded');
  });

  it('is counted from its start to its end, also if it fails', async () => {
    const before = codeLoads();
    const get = loadOnce(() => Promise.reject(new Error('no file')));
    expect(codeLoads()).toEqual(before);
    const loading = get();
    expect(codeLoads()).toEqual({ started: before.started + 1, ended: before.ended });
    await expect(loading).rejects.toThrow('no file');
    expect(codeLoads()).toEqual({ started: before.started + 1, ended: before.ended + 1 });
  });
});
