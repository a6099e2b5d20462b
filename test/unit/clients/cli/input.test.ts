import { PassThrough, Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { readHiddenText } from '../../../../clients/cli/hidden-text.ts';
import { InputLines } from '../../../../clients/cli/input-lines.ts';

describe('lines of standard input', () => {
  it('are the same however the input is split', async () => {
    const whole = Buffer.from('one\r\n\nzwölf 漢字\nlast');
    for (const size of [1, 2, 3, 100]) {
      const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, index) =>
        whole.subarray(index * size, (index + 1) * size),
      );
      const lines = new InputLines(Readable.from(chunks));
      const read: (string | null)[] = [];
      do read.push(await lines.next());
      while (read.at(-1) !== null);
      expect(read).toEqual(['one', '', 'zwölf 漢字', 'last', null]);
      await lines.close();
    }
  });

  it('are not waited for once enough was read', async () => {
    const endless = new PassThrough();
    endless.write('yes\n');
    const lines = new InputLines(endless);
    expect(await lines.next()).toBe('yes');
    expect(lines.hasMore).toBe(false);
    await lines.close();
    expect(endless.destroyed).toBe(true);
  });

  it('may not be endless', async () => {
    const lines = new InputLines(Readable.from(Array.from({ length: 100 }, () => 'x'.repeat(1000))));
    await expect(lines.next()).rejects.toThrow('too long');
    await lines.close();
  });
});

describe('hidden text', () => {
  function terminal() {
    const modes: boolean[] = [];
    const input = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (is: boolean) => modes.push(is),
    });
    return { input, modes };
  }

  it.each([
    [['abc\r'], 'abc'],
    [['ab', 'x\u007fc', '\r'], 'abc'],
    [['wrong\u0015abc\r'], 'abc'],
    [['\u001b[200~abc\u001b[201~', '\r'], 'abc'],
    [['abc\u0004'], 'abc'],
    [['first half\rsecond half\r'], 'first half\nsecond half'],
    [['first half\r', 'second half\r'], 'first half\nsecond half'],
  ])('of %j is read without an echo', async (typed, text) => {
    const { input, modes } = terminal();
    const reading = readHiddenText(input, 20);
    for (const part of typed) input.write(part);
    expect((await reading).trim()).toBe(text);
    expect(modes).toEqual([true, false]);
    expect(input.listenerCount('data')).toBe(0);
  });

  it('can be interrupted, and gives the terminal back', async () => {
    const { input, modes } = terminal();
    const reading = readHiddenText(input);
    input.write('secret\u0003');
    await expect(reading).rejects.toMatchObject({ code: 130, message: 'Interrupted.' });
    expect(modes).toEqual([true, false]);
  });
});
