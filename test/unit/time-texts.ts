import fc from 'fast-check';

const digits = (value: number, width: number): string => String(value).padStart(width, '0');
const year = fc.oneof(
  fc.constantFrom(0, 1, 69, 99, 1969, 1970, 1971, 2024, 2026, 9997, 9998, 9999),
  fc.nat(9999),
);
const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^\.\d{1,12}$/));
const offset = fc.oneof(
  fc.constantFrom('Z', '+23:59', '-23:59', '+00:01', '-00:01', '+14:00', '+24:00'),
  fc.stringMatching(/^[+-][01]\d:[0-5]\d$/),
);

/** ISO 8601 times with an offset: days that exist and days that do not, at the edges of the years and between. */
export const anyTimeText: fc.Arbitrary<string> = fc
  .tuple(
    year,
    fc.integer({ min: 0, max: 13 }),
    fc.integer({ min: 0, max: 32 }),
    fc.integer({ min: 0, max: 25 }),
    fc.integer({ min: 0, max: 60 }),
    fc.integer({ min: 0, max: 61 }),
    fraction,
    offset,
  )
  .map(
    ([y, month, day, hour, minute, second, rest, zone]) =>
      `${digits(y, 4)}-${digits(month, 2)}-${digits(day, 2)}T${digits(hour, 2)}:${digits(minute, 2)}:${digits(second, 2)}${rest}${zone}`,
  );

/** Durations: plausible ones, and numbers and texts that no date can hold. */
export const anyDuration: fc.Arbitrary<string | number> = fc.oneof(
  fc.constantFrom<string | number>(0, 1, 900, 253_370_764_799, 604_799_395_200, 1e12, 1e300, -1, 0.5),
  fc.constant(Number.MAX_SAFE_INTEGER),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeNat(),
  fc.stringMatching(/^P\d{1,7}W$/),
  fc.stringMatching(/^P\d{1,6}DT\d{1,6}H\d{1,8}M\d{1,9}S$/),
);
