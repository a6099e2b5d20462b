import fc from 'fast-check';
import { KEY_NAMES, type KeyName } from '../../../shared/azure/services.ts';
import type { EffectName, Fault } from '../../fakes/effects.ts';
import { MAX_TTL } from './rotation-world.ts';

/** Changes that something outside the broker makes to the account or its secret. */
const HANDS = [
  ...(['key1', 'key2', 'both', 'delete', 'disable', 'garbage'] as const),
  ...(['a key', 'standby', 'tag', 'name', 'right name'] as const),
] as const;
export type Hand = (typeof HANDS)[number];

export type RevokeDelegationKeys = Extract<Command, { do: 'revoke delegation keys' }>;

export type Command =
  | { readonly do: 'effects'; readonly who: number; readonly count: number }
  | { readonly do: 'tick'; readonly who: number }
  | { readonly do: 'break'; readonly who: number; readonly fault: Fault }
  | { readonly do: 'die'; readonly who: number; readonly withEffect: boolean; readonly late: boolean }
  | { readonly do: 'pass' | 'leap' | 'back'; readonly seconds: number }
  | { readonly do: 'issue'; readonly who: number; readonly ttl: number }
  | { readonly do: 'land' | 'order' | 'takeOver' | 'forget' | 'calls answered again' }
  | { readonly do: 'outage'; readonly of: EffectName }
  | { readonly do: 'stale'; readonly lists: boolean; readonly probes: boolean; readonly share: number }
  | { readonly do: 'stray'; readonly seconds: number }
  | { readonly do: 'lower settings' }
  | { readonly do: 'hand'; readonly what: Hand }
  | { readonly do: 'revoke'; readonly keys: readonly KeyName[] }
  | {
      readonly do: 'revoke delegation keys';
      readonly who: number;
      readonly planned: boolean;
      readonly upTo: 'its first effect' | 'its request' | 'the answer' | 'its end';
      readonly fault: Fault | null;
    };

const who = fc.nat(2);
const faults = fc.constantFrom<Fault>(
  { kind: 'fail' },
  { kind: 'refuse' },
  { kind: 'lose' },
  { kind: 'late' },
  { kind: 'throttle', retryAfter: 15 },
);
export const OUTAGES = [
  ...(['times', 'list', 'regenerate', 'opens', 'latest', 'publish'] as const),
  ...(['disableAllBut', 'save', 'signedWith'] as const),
];

/** By how many seconds a clock is wrong. */
const STRAY_BY = [365 * 86_400, 3600, 100, -100, -3600] as const;

const routine: fc.WeightedArbitrary<Command>[] = [
  { weight: 6, arbitrary: fc.record({ do: fc.constant('tick'), who }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('effects'), who, count: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('pass'), seconds: fc.integer({ min: 1, max: 90 }) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('issue'), who, ttl: fc.constantFrom(20, MAX_TTL) }),
  },
  { weight: 2, arbitrary: fc.constant({ do: 'order' }) },
  { weight: 2, arbitrary: fc.constant({ do: 'land' }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('break'), who, fault: faults }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('die'), who, withEffect: fc.boolean(), late: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('leap'), seconds: fc.integer({ min: 100, max: 9000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('back'), seconds: fc.integer({ min: 1, max: 400 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('outage'), of: fc.constantFrom(...OUTAGES) }) },
  { weight: 1, arbitrary: fc.constant({ do: 'calls answered again' }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('stale'),
      lists: fc.boolean(),
      probes: fc.boolean(),
      share: fc.constantFrom(0.3, 0.6, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('stray'), seconds: fc.constantFrom(...STRAY_BY) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'lower settings' }) },
];
const rough: fc.WeightedArbitrary<Command>[] = [
  { weight: 2, arbitrary: fc.record({ do: fc.constant('hand'), what: fc.constantFrom(...HANDS) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('revoke'), keys: fc.subarray([...KEY_NAMES], { minLength: 1 }) }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'takeOver' }) },
  { weight: 1, arbitrary: fc.constant({ do: 'forget' }) },
];
const delegation: fc.WeightedArbitrary<Command>[] = [
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('revoke delegation keys'),
      who,
      planned: fc.boolean(),
      upTo: fc.constantFrom('its first effect', 'its request', 'the answer', 'its end'),
      fault: fc.option(faults, { nil: null }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'outage', of: 'revokeDelegationKeys' }) },
];

/** What happens in a script besides ticks, time, faults and issuing. */
export type Kind = 'routine' | 'rough' | 'delegation' | 'rough delegation';
const COMMANDS = {
  routine,
  rough: [...routine, ...rough],
  delegation: [...routine, ...delegation],
  'rough delegation': [...routine, ...rough, ...delegation],
} as const satisfies Record<Kind, readonly fc.WeightedArbitrary<Command>[]>;

/**
 * Makes scripts. In a rough one, something outside the broker changes the account, keys are compromised, journals lost. In
 * one with delegation, user delegation tokens are issued too, and operators revoke their keys.
 */
export const play = (kind: Kind) =>
  fc.record({
    takeOver: kind.includes('rough') ? fc.boolean() : fc.constant(true),
    times: fc.boolean(),
    rowsPerCount: fc.constantFrom(Infinity, 40),
    settings: fc.record({
      overlap: fc.constantFrom(0, 60, 250),
      settle: fc.constantFrom(10, 30),
      clockSkew: fc.constantFrom(0, 20),
    }),
    /** How storage judges user delegation keys; null if none are issued. */
    judgedBy: kind.includes('delegation')
      ? fc.constantFrom('request' as const, 'start' as const)
      : fc.constant(null),
    commands: fc.array(fc.oneof(...COMMANDS[kind]), {
      minLength: 1,
      maxLength: 60,
      size: 'max',
    }),
  });
export type Play = typeof play extends (kind: Kind) => fc.Arbitrary<infer P> ? P : never;
