import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asciiDisposition } from '../../../shared/requests/content-disposition.ts';

describe('asciiDisposition', () => {
  it.each([
    ['attachment; filename="é.txt"', "attachment; filename*=UTF-8''%C3%A9.txt"],
    ['inline;filename=写真.jpg', "inline; filename*=UTF-8''%E5%86%99%E7%9C%9F.jpg"],
    ['attachment; filename="a \\"é\\".txt"; x=y', "attachment; filename*=UTF-8''a%20%22%C3%A9%22.txt"],
    ["attachment; filename*=UTF-8''é.txt", "attachment; filename*=UTF-8''%C3%A9.txt"],
    ["attachment; filename*=utf-8'fr'%C3%A9é.txt", "attachment; filename*=UTF-8''%C3%A9%C3%A9.txt"],
    ["attachment; filename*=UTF-8''é%.txt", "attachment; filename*=UTF-8''%C3%A9%25.txt"],
    ['Attachment; FileName="é(1)*\'.txt"', "Attachment; filename*=UTF-8''%C3%A9%281%29%2A%27.txt"],
    ['é.txt', null],
    ['attachment', null],
    ['attachment; filename="\ud800"', null],
  ])('%s: %s', (text, expected) => expect(asciiDisposition(text)).toBe(expected));

  it('keeps every file name, in characters that RFC 8187 allows', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        const quoted = name.replace(/["\\]/g, '\\$&');
        const ascii = asciiDisposition(`attachment; filename="${quoted}"`);
        const [, value] =
          /^attachment; filename\*=UTF-8''([A-Za-z0-9!#$&+.^_`|~%-]*)$/.exec(ascii ?? '') ?? [];
        expect(decodeURIComponent(value ?? '?')).toBe(name);
      }),
    );
  });
});
