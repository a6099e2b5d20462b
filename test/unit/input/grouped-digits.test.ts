import fc from 'fast-check';
import { expect, it } from 'vitest';
import { groupedDigits } from '../../../shared/input/grouped-digits.ts';

it('writes whole numbers as toLocaleString does in English', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (whole) => {
      expect(groupedDigits(whole)).toBe(whole.toLocaleString('en'));
    }),
  );
});
