import { describe, expect, it } from 'vitest';
import {
  activityFilters,
  activityParameters,
  eventQuery,
  hourRange,
  hoursAgo,
  RANGES,
} from '../../../console/src/activity/activity-filters.ts';
import {
  actorText,
  EVENT_CHIPS,
  eventDetail,
  eventLines,
  eventTitle,
  eventTone,
} from '../../../console/src/activity/event-words.ts';
import type { BrokerEvent } from '../../../console/src/api/replies.ts';
import { foldEvents } from '../../../console/src/activity/fold-events.ts';
import type { AuditRecord } from '../../../console/src/api/replies.ts';
import { parsePlace, placeHref } from '../../../console/src/route/places.ts';
import { sasWords } from '../../../console/src/pasted/sas-words.ts';
import {
  recordBadge,
  resourceText,
  servicesOf,
  signedWithText,
} from '../../../console/src/tokens/record-words.ts';
import { readsOn } from '../../../console/src/tokens/rounds.ts';
import { filtersOf, isFiltered, tokenQuery } from '../../../console/src/tokens/token-filters.ts';
import { eventParametersSchema, readEventQuery } from '../../../shared/audit/event-query-parameters.ts';
import { readTokenQuery } from '../../../shared/deaths/token-query-parameters.ts';

let ids = 0;
function event(type: string, account: string | null = 'media'): BrokerEvent {
  const parts = { actor: 'schedule', actorName: null, phase: null, activeKey: null, detail: '' };
  return { id: String((ids += 1)), at: '2026-11-27T15:00:00Z', type, account, ...parts };
}

describe('events about a rotation', () => {
  const rows = (events: BrokerEvent[]) =>
    foldEvents(events).map((row) =>
      row.kind === 'event' ? row.event.type : `${row.account} ×${row.events.length}`,
    );

  it('become one row if they follow each other in one account', () => {
    const steps = ['draining', 'publishing', 'settling', 'preparing'].map((phase) =>
      event(`rotation-${phase}`),
    );
    expect(rows([event('denial'), ...steps, event('drift')])).toEqual(['denial', 'media ×4', 'drift']);
  });

  it('of two accounts, or with something between, stay apart', () => {
    const step = (account: string) => event('rotation-draining', account);
    expect(rows([step('a'), step('a'), step('b'), step('a')])).toEqual([
      'a ×2',
      'rotation-draining',
      'rotation-draining',
    ]);
    expect(rows([step('a'), event('drift', 'a'), step('a')])).toEqual([
      'rotation-draining',
      'drift',
      'rotation-draining',
    ]);
    expect(rows([event('denial'), event('denial')])).toEqual(['denial', 'denial']);
    expect(rows([])).toEqual([]);
  });

  it('lose none and keep their order', () => {
    const events = ['rotation-steady', 'rotation-draining', 'denial', 'rotation-steady'].map((type) =>
      event(type),
    );
    const flat = foldEvents(events).flatMap((row) => (row.kind === 'event' ? [row.event] : row.events));
    expect(flat).toEqual(events);
  });
});

describe('an event', () => {
  it('has a title, a tone and an actor', () => {
    expect(eventTitle({ type: 'rotation-draining' })).toBe('Rotation: draining');
    expect(eventTitle({ type: 'something-new' })).toBe('something-new');
    expect(eventTone({ type: 'not-issued-here' })).toBe('danger');
    expect(eventTone({ type: 'revocation-proved' })).toBe('info');
    expect(eventTone({ type: 'denial' })).toBe('warning');
    expect(actorText({ actor: 'local/otto', actorName: 'Otto Operator' })).toBe('Otto Operator');
    expect(actorText({ actor: 'schedule', actorName: null })).toBe('schedule');
  });

  it('of a denial speaks of the caller, not to them', () => {
    const detail =
      'resource: none of your grants covers this resource (cw permissions on media/blob/a/b.txt)';
    const denial = { ...event('denial'), detail, actor: 'local/sam', actorName: 'Sam' };
    expect(eventDetail(denial)).toBe(
      'none of the caller’s grants covers this resource (cw permissions on media/blob/a/b.txt)',
    );
    expect(eventLines(denial)).toEqual({
      headline: 'Sam was refused cw on media/blob/a',
      about: 'none of the caller’s grants covers this resource',
    });
    expect(eventLines({ ...denial, detail: 'revoke requires the role operator' })).toEqual({
      headline: 'Sam was refused',
      about: 'revoke requires the role operator',
    });
  });

  it('has two lines: what happened, and what else is to know', () => {
    const step = { ...event('rotation-draining'), detail: 'key2 signs now', actor: 'schedule' };
    expect(eventLines(step)).toEqual({ headline: 'media: key2 signs now', about: 'schedule' });
    const hash = 'dbba5fafbc3b1ea3ffc4c6a8e7540862ce2aaecbc428241f17b3c1623873b043';
    const start = {
      ...event('configuration', null),
      detail: `configuration ${hash}: 1 accounts`,
      actor: 'start',
    };
    expect(eventLines(start)).toEqual({
      headline: 'Configuration at start',
      about: 'configuration dbba5fafbc3b…: 1 accounts · start',
    });
    const deleted = { ...event('policy-deleted'), detail: 'nightly', actor: 'local/otto' };
    expect(eventLines(deleted)).toMatchObject({ headline: 'Stored policy deleted · media' });
  });

  it.each(EVENT_CHIPS)('can be filtered by $label as the API accepts it', ({ type }) => {
    expect(eventParametersSchema.safeParse(type === null ? {} : { type }).success).toBe(true);
  });
});

describe('the filters of the list of tokens', () => {
  it('come from the address, without what the API would refuse', () => {
    const given = { state: 'any', account: 'media', key: 'key1', grant: 'g', kind: 'service', order: 'desc' };
    expect(filtersOf(given)).toEqual(given);
    expect(
      filtersOf({ state: 'dead', account: 'No', key: 'key3', kind: 'x', order: 'up', grant: '', other: 'x' }),
    ).toEqual({});
  });

  it('become a query that the API accepts', () => {
    const filters = {
      state: 'any',
      account: 'media',
      issuer: 'local',
      subject: 'a/b',
      key: 'key2',
      order: 'desc',
    };
    const query = tokenQuery(filters, null);
    const read = readTokenQuery(query, new Date(0));
    expect(read).toMatchObject({ state: 'any', order: 'desc', limit: 100 });
    expect(read.filters).toMatchObject({
      account: 'media',
      key: 'key2',
      caller: { issuer: 'local', subject: 'a/b' },
    });
    expect(tokenQuery({}, 'next').get('cursor')).toBe('next');
    expect(tokenQuery({ subject: 'alone' }, null).has('caller')).toBe(false);
  });

  it('count as set if they leave live tokens out', () => {
    expect(isFiltered({})).toBe(false);
    expect(isFiltered({ state: 'live', order: 'desc' })).toBe(false);
    expect(isFiltered({ state: 'any' })).toBe(true);
    expect(isFiltered({ grant: 'g' })).toBe(true);
  });
});

describe('a short page', () => {
  it('is read on, at most five pages at a time', () => {
    expect(readsOn([3], 100, 'next')).toBe(true);
    expect(readsOn([3, 0, 0, 0], 100, 'next')).toBe(true);
    expect(readsOn([3, 0, 0, 0, 0], 100, 'next')).toBe(false);
    expect(readsOn([60, 40], 100, 'next')).toBe(false);
    expect(readsOn([3], 100, null)).toBe(false);
  });
});

describe('what a SAS says of itself', () => {
  const words = (fields: Record<string, string>, resource: string | null = null) =>
    sasWords({ fields: new Map(Object.entries(fields)), resource });

  it('is put into words', () => {
    expect(
      words(
        { sp: 'cw', se: '2026-11-27T15:46:00Z', sip: '198.51.100.24' },
        'm.blob.core.windows.net/uploads',
      ),
    ).toEqual({
      resource: 'm.blob.core.windows.net/uploads',
      allows: ['create', 'write'],
      policy: null,
      expires: '2026-11-27T15:46:00Z',
      from: '198.51.100.24',
      signedWith: 'an account key',
    });
    expect(words({ si: 'nightly' })).toMatchObject({
      allows: [],
      policy: 'nightly',
      expires: null,
      from: 'any address',
    });
    expect(words({ skoid: 'x' }).signedWith).toBe('a user delegation key');
    expect(words({ ss: 'b', srt: 'o' }).signedWith).toContain('account SAS');
    expect(words({ sp: 'rp' }, 'm.queue.core.windows.net/q').allows).toEqual(['read', 'process']);
    expect(words({ sp: 'Z' }).allows).toEqual(['Z']);
  });
});

describe('the filters of the activity list', () => {
  const ALL = { type: 'all', account: null, since: null, until: null } as const;
  const range = { since: '2026-11-27T14:00:00Z', until: '2026-11-27T15:00:00Z' };

  it('go into the address and back, and into a query that the API accepts', () => {
    const filters = { type: 'rotation', account: 'media', ...range } as const;
    const href = placeHref('activity', activityParameters(filters));
    expect(activityFilters(parsePlace(href)?.params ?? {})).toEqual(filters);
    const { query } = readEventQuery(eventQuery(filters, null), new Date('2026-11-27T15:04:00Z'));
    expect(query).toMatchObject({
      type: 'rotation-*',
      account: 'media',
      since: new Date(range.since),
      limit: 100,
    });
    expect(eventQuery(ALL, 'next').toString()).toBe('limit=100&cursor=next');
  });

  it('leave out what the API would refuse', () => {
    const wrong = { type: 'x', account: 'No', since: 'yesterday', until: '2026-13-01T00:00:00Z' };
    expect(activityFilters(wrong)).toEqual(ALL);
    expect(activityFilters({ since: range.until, until: range.since })).toEqual(ALL);
  });

  it('have ranges that begin with an hour', () => {
    const now = Date.parse('2026-11-27T15:04:32Z');
    expect(hoursAgo(24, now)).toBe('2026-11-26T16:00:00Z');
    expect(hoursAgo(1, now)).toBe('2026-11-27T15:00:00Z');
    expect(hourRange(range.since)).toEqual(range);
    expect(RANGES.map(({ id, hours }) => id === String(hours ?? ''))).toEqual([true, true, true]);
  });
});

describe('a record', () => {
  const now = Date.parse('2026-11-27T15:04:00Z');
  const badge = (state: AuditRecord['state'], expiresAt = '2026-11-27T15:45:00Z') =>
    recordBadge({ state, expiresAt }, now).text;

  it('has a badge for its state, which says dead of nothing', () => {
    expect(badge('live')).toBe('live · 41 min left');
    expect(badge('live', '2026-11-27T15:03:00Z')).toBe('live · past its expiry');
    expect([badge('unproved'), badge('revoked'), badge('expired')]).toEqual([
      'ended · not proved',
      'revoked',
      'expired',
    ]);
  });

  it('names what it is for', () => {
    expect(resourceText({ account: 'media', service: 'blob', container: 'a', blob: 'b/c.jpg' })).toBe(
      'media/blob/a/b/c.jpg',
    );
    expect(resourceText({ account: 'media', service: 'blob', container: 'a', directory: 'b' })).toBe(
      'media/blob/a/b/',
    );
    expect(resourceText({ account: 'media', service: 'queue', queue: 'jobs' })).toBe('media/queue/jobs');
    const whole = { account: 'media', services: ['blob' as const], resourceTypes: ['object' as const] };
    expect(resourceText(whole)).toBe('media: blob (object)');
    expect([servicesOf(whole), servicesOf({ account: 'media', service: 'file', share: 's' })]).toEqual([
      ['blob'],
      ['file'],
    ]);
  });

  it('names what signed it', () => {
    const signed = (signedWith: object, kind = 'service') =>
      signedWithText({ signedWith, kind, resource: { account: 'media' } } as AuditRecord);
    expect(signed({ key: 'key1' })).toBe('key1 of media (service SAS)');
    expect(signed({ key: null }, 'account')).toBe('a key of media (account SAS)');
    expect(signed({ delegationKey: {} })).toBe('a user delegation key of media');
  });
});
