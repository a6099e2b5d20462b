import { describe, expect, it, vi } from 'vitest';
import { loadLater } from '../../../shared/compose/load-later.ts';

describe('a port whose adapter is loaded later', () => {
  class Adapter {
    readonly #prefix: string;
    constructor(prefix: string) {
      this.#prefix = prefix;
    }
    async greet(name: string): Promise<string> {
      return `${this.#prefix} ${name}`;
    }
  }

  it('calls the adapter’s own methods, and makes one adapter', async () => {
    const load = vi.fn(async () => new Adapter('hello'));
    const port = loadLater<Pick<Adapter, 'greet'>>(load);
    expect(load).not.toHaveBeenCalled();
    expect(await Promise.all([port.greet('a'), port.greet('b')])).toEqual(['hello a', 'hello b']);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('rejects the call that could not load it, and serves the next', async () => {
    const load = vi.fn(async () => new Adapter('hello')).mockRejectedValueOnce(new Error('no file'));
    const port = loadLater<Pick<Adapter, 'greet'>>(load);
    await expect(port.greet('a')).rejects.toThrow('no file');
    expect(await port.greet('a')).toBe('hello a');
  });

  it('is not a promise', async () => {
    const port = loadLater<Pick<Adapter, 'greet'>>(async () => new Adapter('hello'));
    expect(await (async () => port)()).toBe(port);
  });
});
