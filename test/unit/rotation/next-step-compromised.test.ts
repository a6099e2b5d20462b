import { describe } from 'vitest';
import type { Attempt } from '../../../shared/rotation/rotation-journal.ts';
import { at, KEYS, NOW, secretOf } from './machine-samples.ts';
import { cases, FREEZE, reads, request, saves } from './step-cases.ts';

describe('a compromised active key', () => {
  const revoked = { compromised: ['key1'], request } as const;
  cases(
    ['reads the secret before it is replaced', revoked, {}, reads('secret')],
    [
      'is replaced although the vault holds no secret',
      revoked,
      { secret: null },
      saves({ phase: 'preparing', returnTo: null }),
    ],
    [
      'is replaced by a regenerated standby',
      revoked,
      { secret: secretOf('key1') },
      saves({ phase: 'preparing', returnTo: null }),
    ],
    [
      'is replaced by the standby as it is on a paused account, where something else may use it',
      { ...revoked, phase: 'paused', lastError: 'changed' },
      { secret: secretOf('key1') },
      saves({ phase: 'publishing', returnTo: { phase: 'paused', lastError: 'changed' } }),
    ],
  );
});

describe('a compromised active key while its standby is prepared', () => {
  const preparing = { phase: 'preparing', request, compromised: ['key1'] } as const;
  const drained = {
    demotedAt: at(-FREEZE - 80_000),
    drainWaits: { freeze: FREEZE, overlap: 70_000 },
    drainUntil: at(-1),
    countedAt: at(-80_000),
  } as const;
  const sentBefore: Attempt = {
    key: 'key2',
    instance: 'this',
    until: at(-400),
    before: KEYS,
    unanswered: null,
  };
  cases(
    [
      'regenerates the standby first if the active key is compromised and the standby has drained',
      { ...preparing, ...drained },
      { secret: secretOf('key1'), keys: KEYS },
      { do: 'regenerate', key: 'key2' },
    ],
    [
      'publishes a standby that has drained as it is if no clock is known to be right',
      { ...preparing, ...drained },
      { secret: secretOf('key1'), keys: KEYS },
      saves({ phase: 'publishing' }),
      { isClockRight: false },
    ],
    [
      'sends a regeneration of the standby again, whatever the clock, because the former may have taken effect',
      { ...preparing, demotedAt: NOW, attempt: sentBefore },
      { secret: secretOf('key1'), keys: KEYS },
      { do: 'regenerate', key: 'key2' },
      { isClockRight: false },
    ],
  );
});
