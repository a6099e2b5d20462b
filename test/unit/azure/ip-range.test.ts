import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressCount, commonRange, rangeWithin } from '../../../shared/azure/ip-range.ts';

const textOf = (number: number) => [24, 16, 8, 0].map((bits) => (number >>> bits) & 255).join('.');
const numberOf = (address: string) => address.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0);
/** A text of `sip` near an edge of the address space, where few addresses make overlaps likely. */
const range = fc
  .tuple(fc.constantFrom(0, 0x7fff_fff8, 0xffff_fff0), fc.nat(15), fc.nat(15), fc.boolean())
  .map(([base, one, other, single]) => {
    const first = base + Math.min(one, other);
    return single ? textOf(first) : `${textOf(first)}-${textOf(base + Math.max(one, other))}`;
  });

function addressesOf(text: string): number[] {
  const [first = '', last = first] = text.split('-');
  return Array.from({ length: addressCount(text) }, (_, index) => numberOf(first) + index).concat(
    numberOf(last) === numberOf(first) + addressCount(text) - 1 ? [] : [Number.NaN],
  );
}

describe('commonRange', () => {
  it('contains exactly the addresses that both ranges contain', () => {
    fc.assert(
      fc.property(range, range, (left, right) => {
        const others = new Set(addressesOf(right));
        const shared = addressesOf(left).filter((address) => others.has(address));
        const common = commonRange(left, right);
        expect(common === null ? [] : addressesOf(common)).toEqual(shared);
        expect(rangeWithin(left, right)).toBe(shared.length === addressCount(left));
      }),
    );
  });

  it.each([
    ['0.0.0.0-255.255.255.255', 2 ** 32],
    ['203.0.113.7', 1],
    ['203.0.113.0-203.0.113.255', 256],
  ])('%s has %d addresses', (text, count) => expect(addressCount(text)).toBe(count));
});
