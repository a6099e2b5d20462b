import { addressCount, commonRange, rangeWithin } from '../azure/ip-range.ts';
import type { Grant } from '../config/broker-config.ts';
import { bindableAddress } from '../identity/caller-address.ts';
import type { Part, Question } from './assessment.ts';

/** The most addresses that satisfy `ip: "required"`: with a wider range, the rule would have no effect. */
const MAX_REQUIRED_ADDRESSES = 256;

/** Compares the requested addresses with the grant. Narrowing only ever removes addresses from those requested. */
export function assessIp(grant: Grant, { caller, request }: Question): Part<string | null> {
  const asked = request.ip;
  const refuse = (message: string, granted: string | null): Part<string | null> => ({
    value: granted ?? asked,
    shortfall: { field: 'ip', message: `grant ${grant.id} ${message}`, asked, granted },
  });
  /** Allows what is requested if it is within `range`, else the part within. A request without addresses asks for all. */
  const within = (range: string, message: string): Part<string | null> => {
    if (asked === null) return refuse(message, range);
    return rangeWithin(asked, range)
      ? { value: asked, shortfall: null }
      : refuse(message, commonRange(asked, range));
  };
  switch (grant.ip.rule) {
    case 'any':
      return { value: asked, shortfall: null };
    case 'required':
      if (asked === null) return refuse('requires an ip: an address, a range or "caller"', null);
      return satisfiesRequired(asked)
        ? { value: asked, shortfall: null }
        : refuse(`requires an ip with at most ${MAX_REQUIRED_ADDRESSES} addresses`, null);
    case 'range':
      return within(grant.ip.range, `allows only addresses within ${grant.ip.range}`);
    case 'caller': {
      const own = bindableAddress(caller.ip);
      if (!own.ok) return refuse(`binds tokens to the caller's own address, but ${own.fault.message}`, null);
      return within(own.value, 'allows only ip: "caller"');
    }
  }
}

/** True if a token bound to these addresses satisfies a grant with `ip: "required"`. */
export function satisfiesRequired(ip: string): boolean {
  return addressCount(ip) <= MAX_REQUIRED_ADDRESSES;
}
