import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventCursor, readEventQuery } from '../../shared/audit/event-query-parameters.ts';
import { eventFilters } from '../../shared/audit/read-event-rows.ts';
import { ScanGate } from '../../shared/audit/scan-gate.ts';
import { readEventPage } from '../../shared/audit/table-event-log.ts';
import { BrokerError } from '../../shared/broker-error.ts';
import { findCoverage } from '../../shared/grants/coverage.ts';
import { explain } from '../../shared/grants/explain.ts';
import { addSeconds, formatInstant, parseInstant } from '../../shared/iso-time.ts';
import { lookUpToken } from '../../shared/issuing/look-up-token.ts';
import { KeyListings } from '../../shared/issuing/lookup/key-listings.ts';
import { parseLookup } from '../../shared/issuing/lookup/parse-lookup.ts';
import { parseTokenRequest } from '../../shared/requests/parse-token-request.ts';
import { policyFromBody, readPolicyBody } from '../../shared/stored-policies/policy-body.ts';
import { policyView } from '../../shared/stored-policies/policy-view.ts';
import { readDenialSummaryQuery, summarizeDenials } from '../../shared/summaries/denial-summary.ts';
import { fingerprintFilters } from '../../shared/audit/fingerprint-filters.ts';
import { account, caller, grant } from '../fakes/configuration.ts';
import { MemoryAccountKeys } from '../fakes/memory-account-keys.ts';
import { memoryAuditLog } from '../fakes/memory-audit-log.ts';
import { memoryCandidateRows } from '../fakes/memory-candidate-rows.ts';
import { memoryDenialRows } from '../fakes/memory-denial-rows.ts';
import { anyDuration, anyTimeText } from './time-texts.ts';

const now = new Date('2026-11-22T12:00:00Z');
const accounts = new Map([['media', account({ sasPolicy: { period: 86_400 } })]]);
const config = { accounts, grants: [grant({ resources: ['media/blob/*/**'] })] };
const call = { now, deadline: addSeconds(now, 5) };
const blob = { account: 'media', service: 'blob', container: 'uploads', blob: 'a' };
/** Where the years end, and where an offset leads out of them. */
const EDGES = [
  '0000-01-01T00:00:00+23:59',
  '0001-01-01T00:00:00Z',
  '1970-01-01T00:00:00Z',
  '9998-12-31T23:59:59Z',
  '9999-12-31T23:59:59Z',
  '9999-12-31T23:59:59-23:59',
];
/** What no reply shows: a year of more than four digits, or no date at all. */
const TIME = /"(?:[^"]*\D)?[+-]\d{6}-\d\d-\d\dT|NaN|Invalid Date/;

/** Reads, decides and explains a request; returns everything that a caller could be told. */
function explained(times: object): object {
  const body = { resource: blob, permissions: 'w', ...times };
  const request = parseTokenRequest(body, { accounts, callerIp: null, entraUser: null, now });
  return { request, told: explain(findCoverage(caller(), request, config, now, null)) };
}

async function lookedUp(json: object): Promise<object> {
  const question = parseLookup(json);
  const audit = {
    ...memoryAuditLog(),
    findByFingerprint: (fingerprint: string, hours: { from: string; to: string } | null) => {
      for (const hour of hours === null ? [] : [hours.from, hours.to]) expect(hour).toMatch(/^\d{10}$/);
      fingerprintFilters(fingerprint, hours);
      return Promise.resolve({ records: [], scannedAll: true });
    },
  };
  const ports = {
    ...{ config, audit, clock: () => now },
    accountKeys: new MemoryAccountKeys(),
    candidates: memoryCandidateRows(memoryAuditLog()),
    scans: new ScanGate(),
    keyListings: new KeyListings({ list: () => Promise.reject(new Error('not asked')) }),
  };
  return lookUpToken(ports, question, { ...call, caller: caller(), log: () => undefined });
}

async function events(parameters: Record<string, string>): Promise<object> {
  const asked = readEventQuery(new URLSearchParams(parameters), now);
  const page = await readEventPage(asked.query, (query, window) => {
    eventFilters(query, window);
    return Promise.resolve([]);
  });
  const cursor = eventCursor(asked, asked.query.before) ?? '';
  readEventQuery(new URLSearchParams({ ...parameters, cursor }), now);
  return { query: asked.query, page };
}

function denials(parameters: Record<string, string>): Promise<object> {
  const range = readDenialSummaryQuery(new URLSearchParams(parameters), now);
  return summarizeDenials(memoryDenialRows([]), range, call);
}

function policy(times: object): object {
  const place = { account: account(), service: 'blob', name: 'photos' } as const;
  const read = policyFromBody(place, 'p', readPolicyBody({ permissions: 'r', ...times }));
  return policyView({ policy: read, usableAfter: null });
}

/** Every member and parameter that reads a time. */
const MEMBERS: readonly (readonly [string, (text: string) => object | Promise<object>])[] = [
  ['expiresAt', (expiresAt) => explained({ expiresAt })],
  ['startsAt', (startsAt) => explained({ startsAt })],
  ['startsAt with a ttl', (startsAt) => explained({ startsAt, ttl: 'P365D' })],
  ['startsAt with clamp', (startsAt) => explained({ startsAt, clamp: true })],
  ['around', (around) => lookedUp({ fingerprint: 'a'.repeat(64), around })],
  ['expiresAt of a lookup', (expiresAt) => lookedUp({ fingerprint: 'a'.repeat(64), expiresAt })],
  [
    'se of a token',
    (se) =>
      lookedUp({ token: `sv=1&se=${encodeURIComponent(se)}&skoid=x&skt=${se}&sig=${'a'.repeat(43)}%3D` }),
  ],
  ['since', (since) => events({ since })],
  ['until', (until) => events({ until })],
  ['since of denials', (since) => denials({ since })],
  ['until of denials', (until) => denials({ until })],
  ['startsAt of a policy', (startsAt) => policy({ startsAt })],
  ['expiresAt of a policy', (expiresAt) => policy({ expiresAt })],
];

/** Nothing but a refusal, and no time that four digits or a date cannot hold. */
async function checkOutcome(work: () => object | Promise<object>): Promise<boolean> {
  try {
    expect(JSON.stringify(await work())).not.toMatch(TIME);
    return true;
  } catch (error) {
    if (!(error instanceof BrokerError)) throw error;
    expect(['invalid_request', 'not_found']).toContain(error.code);
    expect(JSON.stringify([error.message, error.errors])).not.toMatch(TIME);
    return false;
  }
}

describe('a time', () => {
  it.each(MEMBERS)('as %s never fails the broker', async (_what, read) => {
    for (const edge of EDGES) await checkOutcome(() => read(edge));
    await fc.assert(
      fc.asyncProperty(anyTimeText, async (text) => {
        await checkOutcome(() => read(text));
      }),
    );
  });

  it.each(MEMBERS.filter(([what]) => what !== 'se of a token'))(
    'as %s is refused if the day does not exist, so that it is never shifted',
    async (_what, read) => {
      for (const day of ['2027-02-31', '2027-02-29', '2027-04-31', '2027-06-31'])
        expect(await checkOutcome(() => read(`${day}T00:00:00Z`))).toBe(false);
    },
  );

  it('is the instant that the text says', () => {
    fc.assert(
      fc.property(anyTimeText, (text) => {
        const instant = parseInstant(text);
        if (instant === null) return;
        expect(policy({ expiresAt: text })).toMatchObject({ expiresAt: formatInstant(instant) });
      }),
    );
  });
});

it('a duration as ttl never fails the broker', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyDuration,
      fc.option(anyTimeText, { nil: undefined }),
      fc.boolean(),
      async (ttl, startsAt, clamp) => {
        await checkOutcome(() => explained({ ttl, clamp, ...(startsAt && { startsAt }) }));
      },
    ),
  );
  expect(await checkOutcome(() => explained({ ttl: Number.MAX_SAFE_INTEGER }))).toBe(false);
});
