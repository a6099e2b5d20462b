import { describe } from 'vitest';
import { at, hash, KEYS, NOW, QUIET, secretOf, TIMES } from './machine-samples.ts';
import { cases, FREEZE, request, saves } from './step-cases.ts';

describe('an attempt whose second request is refused', () => {
  const attempt = { key: 'key2', instance: 'this', until: at(10), before: KEYS } as const;
  const refused = { regeneration: { outcome: 'refused', reason: 'no', retryAt: null } } as const;
  const resent = (unanswered: Date) =>
    ({ phase: 'preparing', request, attempt: { ...attempt, unanswered } }) as const;
  cases(
    [
      'waits for the first request until the last instant at which it may take effect, by any clock',
      resent(at(-1300)),
      refused,
      saves({ attempt: { ...attempt, until: at(-1300), unanswered: at(-1300) } }),
    ],
    ['is over after that', resent(at(-1301)), refused, saves({ attempt: null })],
  );
});

describe('an attempt that is over without effect', () => {
  const attempt = { key: 'key2', instance: 'that', until: at(-400), before: KEYS, unanswered: null } as const;
  const over = { phase: 'preparing', request, attempt, demotedAt: at(-5) } as const;
  const quiet = { ...QUIET, keys: KEYS };
  cases(
    [
      'stays in the journal while its reason is checked again',
      { ...over, drainWaits: { freeze: 1, overlap: 1 } },
      quiet,
      saves({ phase: 'preparing', drainWaits: { freeze: FREEZE, overlap: 70_000 }, attempt }),
    ],
    [
      'is dropped if the standby is published as it is instead',
      { ...over, compromised: ['key1'] },
      quiet,
      saves({ phase: 'publishing', active: 'key1', attempt: null }),
    ],
  );
});

describe('a drain that ends', () => {
  cases([
    'never leaves a settling time behind, which would pass for that of a regenerated key',
    { phase: 'draining', active: 'key2', request, settleUntil: at(-5) },
    { times: TIMES, secret: secretOf('key2') },
    saves({ phase: 'retiring', settleUntil: null }),
  ]);
});

describe('a key that was regenerated', () => {
  const attempt = { key: 'key2', instance: 'this', until: at(7), before: KEYS, unanswered: null } as const;
  cases([
    'removes the former errors, and that its value was not published',
    { phase: 'preparing', request, attempt, unpublished: true, lastError: 'no' },
    { regeneration: { outcome: 'done' }, keys: { ...KEYS, key2: hash('b') } },
    saves({ phase: 'settling', unpublished: false, lastError: null }),
  ]);
});

describe('a key that is published for a revocation that did not name the former key', () => {
  const former = { phase: 'publishing', takenOver: false, dueAt: null, request } as const;
  cases(
    [
      'returns the account to its pause, with its reason',
      { ...former, returnTo: { phase: 'paused', lastError: 'two managers' } },
      { secret: secretOf('key2') },
      saves({ phase: 'paused', active: 'key2', demotedAt: NOW, returnTo: null, lastError: 'two managers' }),
    ],
    [
      'leaves an observed account observed',
      { ...former, returnTo: { phase: 'observed', lastError: null } },
      { secret: secretOf('key2') },
      saves({ phase: 'observed', active: 'key2', demotedAt: NOW, returnTo: null, dueAt: null }),
    ],
  );
});
