import { describe } from 'vitest';
import type { Attempt } from '../../../shared/rotation/rotation-journal.ts';
import { nextDue } from '../../../shared/rotation/rotation-waits.ts';
import { at, hash, KEYS, NOW, QUIET, secretOf, TIMES } from './machine-samples.ts';
import { cases, FREEZE, reads, request, saves, waits } from './step-cases.ts';

describe('an account without a rotation in progress', () => {
  cases(
    ['reads the creation times of the keys first', {}, {}, reads('times')],
    ['reads the secret next', {}, { times: TIMES }, reads('secret')],
    ['waits until a rotation is due', {}, QUIET, waits(500_000)],
    [
      'starts a rotation once it is due',
      { dueAt: at(0) },
      QUIET,
      saves({ phase: 'preparing', request: { by: 'schedule', byName: null, reason: 'due', at: NOW } }),
    ],
    ['starts a rotation when one is ordered', { request }, QUIET, saves({ phase: 'preparing', request })],
    [
      'does nothing before the time at which Azure accepts calls again',
      { notBefore: at(1), dueAt: at(-9) },
      {},
      waits(1),
    ],
    ['continues at that time', { notBefore: at(0) }, {}, reads('times')],
    [
      'plans a rotation again if it is due later than one period from now',
      { dueAt: at(3_000_001) },
      QUIET,
      saves({ dueAt: nextDue('media', NOW, 3_000_000) }),
    ],
    [
      'waits for a rotation that is due exactly one period from now',
      { dueAt: at(3_000_000) },
      QUIET,
      waits(3_000_000),
    ],
    [
      'plans a rotation if none is planned',
      { dueAt: null },
      QUIET,
      saves({ phase: 'steady', request: null, dueAt: nextDue('media', NOW, 3_000_000) }),
    ],
    [
      'is only read while it is observed',
      { phase: 'observed', takenOver: false, dueAt: null },
      QUIET,
      waits(null),
      { takeOver: false },
    ],
    [
      'is not rotated while it is observed, even if a rotation is ordered',
      { phase: 'observed', takenOver: false, request },
      QUIET,
      waits(null),
      { takeOver: false },
    ],
    [
      'is taken over once the configuration sets takeOver',
      { phase: 'observed', takenOver: false, dueAt: null },
      QUIET,
      saves({ phase: 'steady', takenOver: true, dueAt: nextDue('media', NOW, 3_000_000) }),
    ],
    [
      'stays paused, whatever is due, ordered or configured',
      { phase: 'paused', dueAt: at(-9), request },
      QUIET,
      waits(null),
    ],
  );
});

describe('a key that is published under the other key’s name', () => {
  const misnamed = { times: TIMES, secret: secretOf('key2', { name: 'key1' }), keys: KEYS };
  cases([
    'is published again under its own name',
    { phase: 'publishing' },
    misnamed,
    { do: 'publish', key: 'key2' },
  ]);
});

describe('preparing', () => {
  const preparing = { phase: 'preparing', request } as const;
  cases(
    ['reads the keys before it regenerates one', preparing, QUIET, reads('keys')],
    [
      'regenerates the standby; the attempt holds the hashes of both keys and the deadline of one call',
      preparing,
      { ...QUIET, keys: KEYS },
      {
        do: 'regenerate',
        key: 'key2',
        journal: {
          phase: 'preparing',
          attempt: { key: 'key2', instance: 'this', until: at(10), before: KEYS },
        },
      },
    ],
    [
      'regenerates key1 if key2 is active',
      { ...preparing, active: 'key2' },
      { times: TIMES, secret: secretOf('key2'), keys: KEYS },
      { do: 'regenerate', key: 'key1' },
    ],
    [
      'does not regenerate a key that is published; it becomes the active key',
      { ...preparing, unpublished: true },
      { ...QUIET, secret: secretOf('key2'), keys: KEYS },
      saves({ active: 'key2', demotedAt: NOW, unpublished: false }),
    ],
    [
      'waits out the freeze for a key of unknown status, as for a demoted key',
      { ...preparing, demotedAt: NOW },
      QUIET,
      waits(FREEZE),
    ],
    [
      'counts the tokens that depend on it after the freeze',
      { ...preparing, demotedAt: at(-FREEZE) },
      QUIET,
      { do: 'count', key: 'key2' },
    ],
    [
      'keeps the key until the latest of those tokens has expired',
      { ...preparing, demotedAt: at(-FREEZE) },
      { ...QUIET, tokens: { key2: { count: 3, latestExpiry: at(80_000), rest: null, begunAt: NOW } } },
      saves({ phase: 'preparing', drainUntil: at(80_300) }),
    ],
    [
      'does not wait if the standby itself is compromised',
      { ...preparing, demotedAt: NOW, compromised: ['key2'] },
      { keys: KEYS },
      { do: 'regenerate', key: 'key2' },
    ],
    [
      'publishes the standby as it is if the active key is compromised and tokens may depend on the standby',
      { ...preparing, demotedAt: NOW, compromised: ['key1'] },
      { secret: secretOf('key1') },
      saves({ phase: 'publishing' }),
    ],
    [
      'regenerates the standby first if the active key is compromised and nothing depends on the standby',
      { ...preparing, compromised: ['key1'] },
      { keys: KEYS },
      { do: 'regenerate', key: 'key2' },
    ],
  );
});

describe('a regeneration in flight', () => {
  const attempt: Attempt = {
    key: 'key2',
    instance: 'that',
    until: at(-400),
    before: KEYS,
    unanswered: null,
  };
  const refused = { outcome: 'refused', reason: 'no', retryAt: null } as const;
  const resent = { ...attempt, until: at(10), unanswered: at(-400) };
  const sent = { phase: 'preparing', attempt, request } as const;
  const changed = { ...KEYS, key2: hash('b') };
  const landed = {
    phase: 'settling',
    attempt: null,
    hashes: changed,
    demotedAt: null,
    drainWaits: null,
    drainUntil: null,
  } as const;
  const done = { outcome: 'done' } as const;
  const unknown = { outcome: 'unknown' } as const;
  cases(
    [
      'of another instance is over once that instance’s clock has passed the deadline too',
      { ...sent, attempt: { ...attempt, until: at(-299) } },
      {},
      waits(1),
    ],
    ['is then checked by reading the keys', sent, {}, reads('keys')],
    [
      'is sent again if the key has not changed, in an attempt that replaces the former one',
      sent,
      { ...QUIET, keys: KEYS },
      {
        do: 'regenerate',
        key: 'key2',
        journal: { attempt: { instance: 'this', before: KEYS, unanswered: at(-400) } },
      },
    ],
    ['is not sent again before its reason has been checked again', sent, { keys: KEYS }, reads('times')],
    [
      'is not sent again if the key has been published meanwhile; the attempt is dropped',
      sent,
      { ...QUIET, keys: KEYS, secret: secretOf('key2') },
      saves({ active: 'key2', attempt: null }),
    ],
    [
      'starts to settle when the changed key is noticed',
      sent,
      { keys: changed },
      saves({ ...landed, settleUntil: at(1300) }),
    ],
    [
      'keeps the waits of the standby’s drain for the other key, which is demoted next',
      { ...sent, drainWaits: { freeze: 90_000, overlap: 80_000 } },
      { keys: changed },
      saves({ ...landed, drainWaits: { freeze: 90_000, overlap: 80_000 } }),
    ],
    [
      'starts to settle at the reply if there is one',
      { ...sent, attempt: { ...attempt, until: at(7) } },
      { regeneration: done, keys: changed },
      saves({ ...landed, settleUntil: at(1300) }),
    ],
    [
      'starts to settle at the deadline if the reply was lost',
      { ...sent, attempt: { ...attempt, until: at(7) } },
      { regeneration: unknown, keys: changed },
      saves({ ...landed, settleUntil: at(1307) }),
    ],
    [
      'is not believed because of its reply; only a changed value counts',
      { ...sent, attempt: { ...attempt, until: at(7) } },
      { regeneration: done, keys: KEYS },
      waits(307),
    ],
    [
      'stays in retiring if it was sent there',
      { ...sent, phase: 'retiring' },
      { keys: changed },
      saves({ ...landed, phase: 'retiring', settleUntil: at(1300) }),
    ],
    [
      'ends the waits of the standby’s drain if it was sent there',
      { ...sent, phase: 'retiring', drainWaits: { freeze: 90_000, overlap: 80_000 } },
      { keys: changed },
      saves({ ...landed, phase: 'retiring' }),
    ],
    [
      'is dropped if it was refused, and not sent again for the length of a call',
      sent,
      { regeneration: { outcome: 'refused', reason: 'no', retryAt: null } },
      saves({ attempt: null, notBefore: at(10), lastError: 'no' }),
    ],
    [
      'that got no reply is not dropped if sending it again was refused',
      { ...sent, attempt: resent },
      { regeneration: refused },
      saves({ attempt: { ...resent, until: at(-400) }, notBefore: at(10) }),
    ],
    [
      'that got no reply is dropped with the refusal once it can no longer take effect',
      { ...sent, attempt: { ...resent, unanswered: at(-1301) } },
      { regeneration: refused },
      saves({ attempt: null, notBefore: at(10) }),
    ],
    [
      'is not sent again before the time that Azure named, by any host’s clock',
      sent,
      { regeneration: { outcome: 'refused', reason: 'no', retryAt: at(99) } },
      saves({ attempt: null, notBefore: at(399) }),
    ],
    [
      'is sent again at that time if a key is compromised',
      { ...sent, compromised: ['key1'] },
      { regeneration: { outcome: 'refused', reason: 'no', retryAt: at(99) } },
      saves({ attempt: null, notBefore: at(99) }),
    ],
    [
      'ends the compromise of its own key and of no other',
      { ...sent, compromised: ['key1', 'key2'] },
      { keys: changed },
      saves({ compromised: ['key1'] }),
    ],
  );
});

describe('settling', () => {
  const settling = { phase: 'settling', request, settleUntil: at(0) } as const;
  const again = { ...KEYS, key2: hash('c') };
  cases(
    ['waits until the settle time has passed', { ...settling, settleUntil: at(1) }, {}, waits(1)],
    ['reads the keys again', settling, {}, reads('keys')],
    [
      'settles again if the value has changed again',
      settling,
      { keys: again },
      saves({ phase: 'settling', hashes: again, settleUntil: at(1300) }),
    ],
    ['probes the key', settling, { keys: KEYS }, { do: 'probe', key: 'key2' }],
    [
      'publishes a key that storage accepts',
      settling,
      { keys: KEYS, opens: { key2: true } },
      saves({ phase: 'publishing', settleUntil: null }),
    ],
    [
      'records that storage does not accept the key',
      settling,
      { keys: KEYS, opens: { key2: false } },
      saves({ phase: 'settling', lastError: 'storage does not accept key2' }),
    ],
    [
      'records that only once',
      { ...settling, lastError: 'storage does not accept key2' },
      { keys: KEYS, opens: { key2: false } },
      waits(null),
    ],
    [
      'regenerates the standby again if it is compromised',
      { ...settling, compromised: ['key2'] },
      {},
      saves({ phase: 'preparing', settleUntil: null }),
    ],
    [
      'continues if the active key is compromised',
      { ...settling, compromised: ['key1'] },
      { keys: KEYS, opens: { key2: true } },
      saves({ phase: 'publishing' }),
    ],
  );
});

describe('publishing', () => {
  const publishing = { phase: 'publishing', request } as const;
  const swapped = {
    active: 'key2',
    demotedAt: NOW,
    drainWaits: { freeze: FREEZE, overlap: 70_000 },
    drainUntil: null,
    dueAt: nextDue('media', NOW, 3_000_000),
  } as const;
  cases(
    ['checks whether the key is already published', publishing, {}, reads('secret')],
    ['compares the keys with those in the journal', publishing, { secret: secretOf('key1') }, reads('keys')],
    [
      'publishes the standby',
      publishing,
      { secret: secretOf('key1'), keys: KEYS },
      { do: 'publish', key: 'key2' },
    ],
    [
      'publishes only once in a run',
      publishing,
      { secret: secretOf('key1'), keys: KEYS, published: true },
      waits(null),
    ],
    [
      'does not publish a key that has changed',
      publishing,
      { secret: secretOf('key1'), keys: { ...KEYS, key2: hash('c') } },
      reads('keysAgain'),
    ],
    [
      'demotes the former active key as of now',
      publishing,
      { secret: secretOf('key2') },
      saves({ phase: 'draining', ...swapped }),
    ],
    [
      'does not let a compromised key drain',
      { ...publishing, compromised: ['key1'] },
      { secret: secretOf('key2') },
      saves({ phase: 'retiring', ...swapped }),
    ],
    [
      'plans no rotation for an observed account',
      { ...publishing, takenOver: false, compromised: ['key1'] },
      { secret: secretOf('key2') },
      saves({ dueAt: null }),
    ],
    [
      'regenerates the standby again if it is compromised',
      { ...publishing, compromised: ['key2'] },
      { secret: secretOf('key1') },
      saves({ phase: 'preparing' }),
    ],
    [
      'does not regenerate a compromised standby that is already published',
      { ...publishing, compromised: ['key2'] },
      { secret: secretOf('key2') },
      saves({ phase: 'draining', active: 'key2' }),
    ],
  );
});
