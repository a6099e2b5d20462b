import { describe } from 'vitest';
import type { Attempt } from '../../../shared/rotation/rotation-journal.ts';
import { nextDue } from '../../../shared/rotation/rotation-waits.ts';
import { at, hash, KEYS, NOW, QUIET, secretOf, TIMES } from './machine-samples.ts';
import { cases, FREEZE, reads, request, saves, waits } from './step-cases.ts';

describe('an account that rests', () => {
  cases(
    ['looks at the keys’ ages first', {}, {}, reads('times')],
    ['then at the secret', {}, { times: TIMES }, reads('secret')],
    ['waits until it is due', {}, QUIET, waits(500_000)],
    [
      'begins once it is due',
      { dueAt: at(0) },
      QUIET,
      saves({ phase: 'preparing', request: { by: 'schedule', reason: 'due', at: NOW } }),
    ],
    ['begins when told to', { request }, QUIET, saves({ phase: 'preparing', request })],
    ['does nothing at all before a time that Azure named', { notBefore: at(1), dueAt: at(-9) }, {}, waits(1)],
    ['goes on at that time', { notBefore: at(0) }, {}, reads('times')],
    [
      'plans anew what is further off than a period',
      { dueAt: at(3_000_001) },
      QUIET,
      saves({ dueAt: nextDue('media', NOW, 3_000_000) }),
    ],
    [
      'is only looked at while observed',
      { phase: 'observed', takenOver: false, dueAt: null },
      QUIET,
      waits(null),
      { takeOver: false },
    ],
    [
      'is not rotated while observed, though told to',
      { phase: 'observed', takenOver: false, request },
      QUIET,
      waits(null),
      { takeOver: false },
    ],
    [
      'is taken over once the configuration says so',
      { phase: 'observed', takenOver: false, dueAt: null },
      QUIET,
      saves({ phase: 'steady', takenOver: true, dueAt: nextDue('media', NOW, 3_000_000) }),
    ],
    [
      'stays paused, whatever is due or configured',
      { phase: 'paused', dueAt: at(-9), request },
      QUIET,
      waits(null),
    ],
  );
});

describe('a key that is published under the other’s name', () => {
  const misnamed = { times: TIMES, secret: secretOf('key2', { name: 'key1' }), keys: KEYS };
  cases(
    ['is remembered', { phase: 'publishing' }, misnamed, saves({ phase: 'publishing', misnamed: ['key2'] })],
    [
      'is published again, whoever published it so',
      { phase: 'publishing', misnamed: ['key2'] },
      misnamed,
      { do: 'publish', key: 'key2' },
    ],
  );
});

describe('preparing', () => {
  const preparing = { phase: 'preparing', request } as const;
  cases(
    ['lists the keys before it ends one', preparing, QUIET, reads('keys')],
    [
      'attempts the standby, with both keys before and for one call',
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
      'takes key1 where key2 signs',
      { ...preparing, active: 'key2' },
      { times: TIMES, secret: secretOf('key2'), keys: KEYS },
      { do: 'regenerate', key: 'key1' },
    ],
    [
      'does not end a key that the secret holds',
      preparing,
      { ...QUIET, secret: secretOf('key2'), keys: KEYS },
      saves({ active: 'key2', demotedAt: NOW }),
    ],
    [
      'waits for a key of unknown status as for a demoted one',
      { ...preparing, demotedAt: NOW },
      QUIET,
      waits(FREEZE),
    ],
    [
      'then counts what lives on it',
      { ...preparing, demotedAt: at(-FREEZE) },
      QUIET,
      { do: 'count', key: 'key2' },
    ],
    [
      'and outlives that',
      { ...preparing, demotedAt: at(-FREEZE) },
      { ...QUIET, tokens: { key2: { count: 3, latestExpiry: at(80_000), rest: null, begunAt: NOW } } },
      saves({ phase: 'preparing', drainUntil: at(80_300) }),
    ],
    [
      'does not wait where it was given up itself',
      { ...preparing, demotedAt: NOW, compromised: ['key2'] },
      { keys: KEYS },
      { do: 'regenerate', key: 'key2' },
    ],
    [
      'publishes it as it is where the active key was given up',
      { ...preparing, demotedAt: NOW, compromised: ['key1'] },
      { secret: secretOf('key1') },
      saves({ phase: 'publishing' }),
    ],
    [
      'regenerates it all the same where nothing depends on it',
      { ...preparing, compromised: ['key1'] },
      { keys: KEYS },
      { do: 'regenerate', key: 'key2' },
    ],
  );
});

describe('a regeneration that was sent', () => {
  const attempt: Attempt = { key: 'key2', instance: 'that', until: at(-400), before: KEYS };
  const sent = { phase: 'preparing', attempt, request } as const;
  const changed = { ...KEYS, key2: hash('b') };
  const landed = {
    phase: 'settling',
    attempt: null,
    hashes: changed,
    demotedAt: null,
    drainUntil: null,
  } as const;
  const done = { outcome: 'done' } as const;
  const unknown = { outcome: 'unknown' } as const;
  cases(
    [
      'by another is waited for until its clock, too, is past it',
      { ...sent, attempt: { ...attempt, until: at(-299) } },
      {},
      waits(1),
    ],
    ['is then looked for', sent, {}, reads('keys')],
    [
      'and sent again where nothing came of it, under a attempt that takes the former one’s place',
      sent,
      { ...QUIET, keys: KEYS },
      { do: 'regenerate', key: 'key2', journal: { attempt: { instance: 'this', before: KEYS } } },
    ],
    ['but not before its reason was looked at again', sent, { keys: KEYS }, reads('times')],
    [
      'and not where the key was published meanwhile: its attempt goes with its reason',
      sent,
      { ...QUIET, keys: KEYS, secret: secretOf('key2') },
      saves({ active: 'key2', attempt: null }),
    ],
    [
      'settles from then on where it landed',
      sent,
      { keys: changed },
      saves({ ...landed, settleUntil: at(1000) }),
    ],
    [
      'settles from the reply on where there is one',
      { ...sent, attempt: { ...attempt, until: at(7) } },
      { regeneration: done, keys: changed },
      saves({ ...landed, settleUntil: at(1000) }),
    ],
    [
      'settles from the end of its call on where there is none',
      { ...sent, attempt: { ...attempt, until: at(7) } },
      { regeneration: unknown, keys: changed },
      saves({ ...landed, settleUntil: at(1007) }),
    ],
    [
      'is not believed on its reply: only another value tells',
      { ...sent, attempt: { ...attempt, until: at(7) } },
      { regeneration: done, keys: KEYS },
      waits(307),
    ],
    [
      'stays in retiring where it was sent there',
      { ...sent, phase: 'retiring' },
      { keys: changed },
      saves({ ...landed, phase: 'retiring', settleUntil: at(1000) }),
    ],
    [
      'is off at once where it was refused, for as long as a call takes',
      sent,
      { regeneration: { outcome: 'refused', reason: 'no', retryAt: null } },
      saves({ attempt: null, notBefore: at(10), lastError: 'no' }),
    ],
    [
      'or for as long as Azure says',
      sent,
      { regeneration: { outcome: 'refused', reason: 'no', retryAt: at(99) } },
      saves({ attempt: null, notBefore: at(99) }),
    ],
    [
      'satisfies the revocation of its key, and of no other',
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
    ['waits', { ...settling, settleUntil: at(1) }, {}, waits(1)],
    ['reads the value again', settling, {}, reads('keys')],
    [
      'settles anew where it is another',
      settling,
      { keys: again },
      saves({ phase: 'settling', hashes: again, settleUntil: at(1000) }),
    ],
    ['tries the key on storage', settling, { keys: KEYS }, { do: 'probe', key: 'key2' }],
    [
      'publishes one that opens',
      settling,
      { keys: KEYS, opens: { key2: true } },
      saves({ phase: 'publishing', settleUntil: null }),
    ],
    [
      'says why it does not',
      settling,
      { keys: KEYS, opens: { key2: false } },
      saves({ phase: 'settling', lastError: 'storage does not accept key2' }),
    ],
    [
      'and says so once',
      { ...settling, lastError: 'storage does not accept key2' },
      { keys: KEYS, opens: { key2: false } },
      waits(null),
    ],
    [
      'begins again where its key was given up',
      { ...settling, compromised: ['key2'] },
      {},
      saves({ phase: 'preparing', settleUntil: null }),
    ],
    [
      'goes on where the active one was',
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
    drainUntil: null,
    dueAt: nextDue('media', NOW, 3_000_000),
  } as const;
  cases(
    ['looks whether it was done already', publishing, {}, reads('secret')],
    ['compares the keys with the journal’s', publishing, { secret: secretOf('key1') }, reads('keys')],
    [
      'publishes the standby',
      publishing,
      { secret: secretOf('key1'), keys: KEYS },
      { do: 'publish', key: 'key2' },
    ],
    ['once in a run', publishing, { secret: secretOf('key1'), keys: KEYS, published: true }, waits(null)],
    [
      'publishes nothing that changed',
      publishing,
      { secret: secretOf('key1'), keys: { ...KEYS, key2: hash('c') } },
      reads('keysAgain'),
    ],
    [
      'demotes the former key from now on',
      publishing,
      { secret: secretOf('key2') },
      saves({ phase: 'draining', ...swapped }),
    ],
    [
      'does not spare one that was given up',
      { ...publishing, compromised: ['key1'] },
      { secret: secretOf('key2') },
      saves({ phase: 'retiring', ...swapped }),
    ],
    [
      'plans nothing for an account that is observed',
      { ...publishing, takenOver: false, compromised: ['key1'] },
      { secret: secretOf('key2') },
      saves({ dueAt: null }),
    ],
    [
      'makes the standby anew where that was given up',
      { ...publishing, compromised: ['key2'] },
      { secret: secretOf('key1') },
      saves({ phase: 'preparing' }),
    ],
    [
      'but not if it is published by now',
      { ...publishing, compromised: ['key2'] },
      { secret: secretOf('key2') },
      saves({ phase: 'draining', active: 'key2' }),
    ],
  );
});
