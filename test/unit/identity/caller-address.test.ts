import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bindableAddress, callerAddress } from '../../../shared/identity/caller-address.ts';
import { fail, ok } from '../../../shared/result.ts';

describe('callerAddress', () => {
  test.each([
    ['198.51.100.9', '198.51.100.9'],
    ['198.51.100.9:51234', '198.51.100.9'],
    ['6.6.6.6, 198.51.100.9:51234', '198.51.100.9'],
    ['6.6.6.6,\t198.51.100.9 ', '198.51.100.9'],
    ['2001:DB8:0:0::1', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['[2001:db8::1]:443', '2001:db8::1'],
    ['::ffff:198.51.100.9', '198.51.100.9'],
    ['[::FFFF:c633:6409]:443', '198.51.100.9'],
    ['0:0:0:0:0:ffff:198.51.100.9', '198.51.100.9'],
  ])('reads %j as %s', (header, expected) => {
    expect(callerAddress(header, 0)).toBe(expected);
  });

  test.each([
    null,
    '',
    ' ',
    '198.51.100.9,',
    '198.51.100.9, unknown',
    '198.51.100.9, 1.2.3',
    '1.2.3.4.5',
    '01.2.3.4',
    '0x1.2.3.4',
    '256.1.1.1',
    '1.2.3.4:',
    '1.2.3.4:65536',
    '1.2.3.4:x',
    '[1.2.3.4]:80',
    '[2001:db8::1',
    '2001:db8::1]:80',
    'fe80::1%eth0',
    '[fe80::1%25eth0]:1',
    'for=1.2.3.4',
    '1.2.3.4 5.6.7.8',
  ])('returns null for %j', (header) => {
    expect(callerAddress(header, 0)).toBeNull();
  });

  test('skips trusted proxies from the right, and nothing else', () => {
    const header = '6.6.6.6, 198.51.100.9:1, 10.0.0.1, 10.0.0.2';
    expect(callerAddress(header, 2)).toBe('198.51.100.9');
    expect(callerAddress(header, 4)).toBeNull();
    expect(callerAddress(header, -1)).toBeNull();
    expect(callerAddress(header, Number.NaN)).toBeNull();
  });

  test("never returns the client's own text", () => {
    const own = fc.oneof(fc.string(), fc.ipV4(), fc.ipV6(), fc.constantFrom(',', ', ,', '6.6.6.6:1,'));
    fc.assert(
      fc.property(own, fc.array(fc.ipV4(), { minLength: 1, maxLength: 5 }), (clients, proxies) => {
        const header = [clients, ...proxies].join(', ');
        expect(callerAddress(header, proxies.length - 1)).toBe(proxies[0]);
      }),
    );
  });

  test('returns an address or null for any text, and never throws', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...'0123456789abf:.[]%, '.split('')) }),
    );
    fc.assert(
      fc.property(text, fc.integer({ min: -3, max: 5 }), (header, hops) => {
        const address = callerAddress(header, hops);
        expect(address === null || callerAddress(address, 0) === address).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('bindableAddress', () => {
  test.each(['203.0.113.7', '20.50.1.2', '1.1.1.1', '172.32.0.1', '100.128.0.1', '223.255.255.255'])(
    'binds to %s',
    (ip) => {
      expect(bindableAddress(ip)).toEqual(ok(ip));
    },
  );

  test.each([
    [null, 'unknown', 'is unknown'],
    ['2001:db8::1', 'ipv6', 'IPv6'],
    ['::1', 'ipv6', 'IPv6'],
    ['::ffff:8.8.8.8', 'ipv6', 'IPv6'],
    ['unknown', 'malformed', 'not an IPv4 address'],
    ['8.8.8.8:80', 'malformed', 'not an IPv4 address'],
    ['008.8.8.8', 'malformed', 'not an IPv4 address'],
    ['10.1.2.3', 'not-public', 'not public'],
    ['127.0.0.1', 'not-public', 'not public'],
    ['169.254.1.1', 'not-public', 'not public'],
    ['172.16.0.1', 'not-public', 'not public'],
    ['172.31.255.255', 'not-public', 'not public'],
    ['192.168.1.1', 'not-public', 'not public'],
    ['100.64.0.1', 'not-public', 'not public'],
    ['100.127.255.255', 'not-public', 'not public'],
    ['0.0.0.0', 'not-public', 'not public'],
    ['224.0.0.1', 'not-public', 'not public'],
    ['255.255.255.255', 'not-public', 'not public'],
  ])('rejects %j as %s', (address, reason, message) => {
    expect(bindableAddress(address)).toEqual(
      fail({ reason, message: expect.stringContaining(message) as string }),
    );
  });
});
