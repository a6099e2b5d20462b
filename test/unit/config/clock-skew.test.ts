import { describe, expect, it } from 'vitest';
import { clockSkewOf } from '../../../shared/config/broker-config.ts';
import { account } from '../../fakes/configuration.ts';

describe('the clock skew of an account', () => {
  const rotation = { every: 4000, takeOver: true, overlap: 60, settle: 30, clockSkew: 20 };
  it.each([
    ['is the one of its rotation', account({ rotation }), 20],
    ['is five minutes without rotation', account({ rotation: null }), 300],
    ['is five minutes if it is no longer configured', undefined, 300],
  ])('%s', (_, one, seconds) => {
    expect(clockSkewOf(one)).toBe(seconds);
  });
});
