import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { sampleCallers } from '../../../local/sample-callers.ts';
import type { Resource } from '../../../shared/azure/resources.ts';
import { parseBrokerConfig } from '../../../shared/config/load-broker-config.ts';
import { authorize } from '../../../shared/grants/authorize.ts';
import { findCoverage } from '../../../shared/grants/coverage.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { caller, tokenRequest } from '../../fakes/configuration.ts';
import { faultLines } from './config-document.ts';

const now = new Date('2026-11-22T12:00:00Z');
const text = filledTemplate();

/** The template of the laptop stack with an address for each place. */
function filledTemplate(): string {
  const template = readFileSync('local/broker.template.json', 'utf8');
  const ports = new Map<string, string>();
  return template.replace(/__[A-Z]+__/g, (place) => {
    const address = ports.get(place) ?? `https://127.0.0.1:${10_101 + ports.size}`;
    ports.set(place, address);
    return address;
  });
}

/** Returns the kind that a sample caller gets for an hour, or "denied". */
function kindFor(name: string, resource: Resource, permissions: string): string {
  const loaded = parseBrokerConfig(text);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.fault));
  const { oid, roles } = sampleCallers[name]!;
  const who = caller({ subject: oid, claims: { oid, roles } });
  const request = tokenRequest({ resource, permissions, expiresAt: addSeconds(now, 3600) });
  const { decision } = authorize(findCoverage(who, request, loaded.value.config, now, null));
  return decision.outcome === 'allowed' ? decision.token.kind : decision.outcome;
}

describe('the template of the laptop stack', () => {
  test('has no faults and no warnings after its ports are filled in', () => {
    expect(faultLines(text)).toEqual([]);
    expect(parseBrokerConfig(text)).toMatchObject({ ok: true, value: { warnings: [] } });
  });

  const photos = { account: 'media', service: 'blob', container: 'photos' } as const;
  const file = { account: 'media', service: 'file', share: 'docs', file: 'a.txt' } as const;
  const own = `${sampleCallers['uploader']!.oid}/a.jpg`;
  test.each<[string, string, Resource, string]>([
    ['reader', 'rl', photos, 'user-delegation'],
    ['reader', 'r', { ...photos, blob: '2026/a.jpg' }, 'user-delegation'],
    ['reader', 'rw', photos, 'denied'],
    ['reader', 'r', { ...photos, container: 'uploads' }, 'denied'],
    ['uploader', 'cw', { ...photos, container: 'uploads', blob: own }, 'user-delegation'],
    ['backup', 'raup', { account: 'media', service: 'queue', queue: 'jobs' }, 'service'],
    ['backup', 'rcwd', file, 'service'],
    ['stranger', 'r', photos, 'denied'],
  ])('%s asks for %s of %j: %s', (name, permissions, resource, expected) => {
    expect(kindFor(name, resource, permissions)).toBe(expected);
  });
});
