import { describe, expect, it } from 'vitest';
import type { KeyName } from '../../../shared/azure/services.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { nextStep } from '../../../shared/rotation/next-step.ts';
import type { KeyHashes } from '../../../shared/keys/key-hash.ts';
import type { RotationJournal } from '../../../shared/rotation/rotation-journal.ts';
import type { Facts } from '../../../shared/rotation/rotation-step.ts';
import { nextDue } from '../../../shared/rotation/rotation-waits.ts';
import { otherKey } from '../../../shared/rotation/standby.ts';
import {
  contextWith,
  hash,
  journalWith,
  KEYS,
  NOW,
  secretOf,
  SETTINGS,
  TIMES,
  waitsOf,
} from './machine-samples.ts';

/** Returns the waits of a whole rotation by phase, in seconds: the machine alone, if every call succeeds at once. */
function waitsPlayed(settings: typeof SETTINGS, { unknown = false, lostReply = false } = {}): string[] {
  const waits = waitsOf(settings);
  const played: string[] = [];
  let now = NOW;
  let keys: KeyHashes = KEYS;
  let published: KeyName = 'key1';
  let made = 0;
  let facts: Facts = {};
  let journal: RotationJournal = journalWith({
    request: { by: 'issuer/operator', byName: null, reason: 'asked', at: NOW },
    ...(unknown ? { demotedAt: NOW } : {}),
  });
  const found = { count: 1, rest: null };
  for (let steps = 0; steps < 200; steps += 1) {
    const step = nextStep(journal, facts, contextWith({ waits, now }));
    if (step.do === 'wait') {
      if (journal.phase === 'steady' || step.until === null) return played;
      const seconds = (step.until.getTime() - now.getTime()) / 1000;
      played.push(`${journal.phase} ${seconds}`);
      [now, facts] = [step.until, {}];
    } else if (step.do === 'save') [journal, facts] = [{ ...step.journal, outbox: [] }, {}];
    else if (step.do === 'regenerate') {
      journal = step.journal;
      keys = { ...keys, [step.key]: hash(String.fromCharCode(97 + made++)) };
      facts = { regeneration: { outcome: lostReply ? 'unknown' : 'done' } };
    } else if (step.do === 'publish') {
      published = step.key;
      facts = { ...facts, published: true, secret: { ...secretOf(null), hash: keys[step.key] } };
    } else if (step.do === 'disable') facts = { ...facts, disabled: true };
    else if (step.do === 'probe') facts = { ...facts, opens: { [step.key]: true } };
    else if (step.do === 'probe-secret') facts = { ...facts, secretOpens: true };
    else if (step.do === 'count')
      facts = {
        ...facts,
        tokens: {
          [step.key]: { ...found, latestExpiry: addSeconds(now, settings.maxTokenTtl), begunAt: now },
        },
      };
    else if (step.what === 'times') facts = { ...facts, times: TIMES };
    else if (step.what === 'secret')
      facts = { ...facts, secret: { ...secretOf(null), hash: keys[published] } };
    else facts = { ...facts, [step.what]: keys };
  }
  throw new Error(`The rotation does not end: phase ${journal.phase}, standby ${otherKey(journal.active)}`);
}

describe('the waits of a rotation', () => {
  const { settle, keyCache, keyStaleMax, requestTimeoutSeconds, clockSkew, maxTokenTtl } = SETTINGS;
  const freeze = keyCache + keyStaleMax + requestTimeoutSeconds + clockSkew;
  const usual = [
    `settling ${settle + clockSkew}`,
    `draining ${freeze}`,
    `draining ${maxTokenTtl + clockSkew}`,
    `retiring ${settle + clockSkew}`,
  ];

  it('are settle, freeze, token lifetime and settle, each with the clock skew, and nothing else', () => {
    expect(waitsPlayed(SETTINGS)).toEqual(usual);
  });

  it('start with a drain if the status of the standby is unknown', () => {
    const drain = [`preparing ${freeze}`, `preparing ${maxTokenTtl + clockSkew}`];
    expect(waitsPlayed(SETTINGS, { unknown: true })).toEqual([...drain, ...usual]);
  });

  it('are longer by one call if a reply was lost', () => {
    const settling = settle + clockSkew + requestTimeoutSeconds;
    expect(waitsPlayed(SETTINGS, { lostReply: true })).toEqual([
      ...[`settling ${settling}`, ...usual.slice(1, 3), `retiring ${settling}`],
    ]);
  });

  it('contain no constants: with all settings seven times as long, they are seven times as long', () => {
    const scaled = Object.fromEntries(
      Object.entries(SETTINGS).map(([name, seconds]) => [name, 7 * seconds]),
    ) as typeof SETTINGS;
    for (const how of [{}, { unknown: true }, { lostReply: true }]) {
      const expected = waitsPlayed(SETTINGS, how).map((wait) => {
        const [phase, seconds] = wait.split(' ');
        return `${phase} ${7 * Number(seconds)}`;
      });
      expect(waitsPlayed(scaled, how)).toEqual(expected);
    }
  });
});

describe('accounts that were taken over together', () => {
  const every = 30 * 86_400;
  const dues = Array.from({ length: 500 }, (_, index) => nextDue(`account${index}`, NOW, every).getTime());

  it('do not rotate in the same minute, and none rotates later than its period', () => {
    const perMinute = new Map<number, number>();
    for (const due of dues) {
      const minute = Math.floor(due / 60_000);
      perMinute.set(minute, (perMinute.get(minute) ?? 0) + 1);
      expect(due).toBeLessThanOrEqual(addSeconds(NOW, every).getTime());
      expect(due).toBeGreaterThan(addSeconds(NOW, 0.89 * every).getTime());
    }
    expect(Math.max(...perMinute.values())).toBeLessThanOrEqual(4);
  });

  it('rotate at the same point of every period', () => {
    expect(nextDue('account7', NOW, every).getTime()).toBe(dues[7]);
  });
});
