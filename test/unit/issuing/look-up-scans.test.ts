import { expect, it } from 'vitest';
import { correlationId } from '../../../shared/audit/correlation-id.ts';
import { ScanGate } from '../../../shared/audit/scan-gate.ts';
import { addSeconds } from '../../../shared/iso-time.ts';
import { account } from '../../fakes/configuration.ts';
import { lookupStage, problemOf, recordOf } from './lookups.ts';

const SIGNATURE = `${'A'.repeat(43)}=`;
const sig = `sig=${encodeURIComponent(SIGNATURE)}`;
const { fingerprint } = recordOf(SIGNATURE).key;
const PATH = 'https://contosomedia.blob.core.windows.net/photos/a.jpg';
const sas = (se: string) => `sv=2025-11-05&sr=b&sp=r&${se}`;
const se = 'se=2026-11-28T17:47:32Z';
const scid = `scid=${correlationId({ shard: 3, hour: '2026112817', random: new Uint8Array(9) })}`;
const line = (uri: string, tokenHash: string) =>
  JSON.stringify({ time: '2026-11-28T10:00:00Z', identity: { type: 'SAS', tokenHash }, uri });
const hash = `key1(${'AB'.repeat(32)}),SasSignature(${fingerprint.toUpperCase()})`;
const hashless = `key1(${'AB'.repeat(32)})`;

/** What is asked, and whether rows of many hours must be read to answer. */
const QUESTIONS: [string, object, boolean][] = [
  ['a fingerprint', { fingerprint }, true],
  ['a fingerprint seen at a time', { fingerprint, around: '2026-11-28T17:00:00Z' }, true],
  ['a fingerprint with its expiry', { fingerprint, expiresAt: '2026-11-28T17:00:00Z' }, false],
  ['a redacted URL', { url: `${PATH}?${sas(se)}&sig=XXXXX`, fingerprint }, false],
  ['a token', { token: `${sas(se)}&${sig}` }, false],
  ['a token, seen at a time', { token: `${sas(se)}&${sig}`, around: '2026-11-28T17:00:00Z' }, false],
  ['a token whose expiry cannot be read', { token: `${sas('se=soon')}&${sig}` }, true],
  ['a URL whose expiry is in a stored policy', { url: `${PATH}?${sas('si=readers')}&${sig}` }, true],
  ['a URL whose expiry is only in its scid', { url: `${PATH}?${sas(`se=soon&${scid}`)}&${sig}` }, false],
  ['a bare hash', { logLine: `SasSignature(${fingerprint})` }, true],
  ['a log line', { logLine: line(`${PATH}?${sas(se)}&sig=XXXXX`, hash) }, false],
  ['a log line without an expiry', { logLine: line(`${PATH}?${sas('si=readers')}&sig=XXXXX`, hash) }, true],
  ['a log line without a hash', { logLine: line(`${PATH}?${sas(se)}&sig=XXXXX`, hashless) }, false],
  [
    'a log line without a hash and an expiry',
    { logLine: line(`${PATH}?${sas('si=readers')}&sig=XXXXX`, hashless) },
    true,
  ],
];

it.each(QUESTIONS)('%s: is a scan only if it must read many hours', async (_what, question, isScan) => {
  const { ask, ports, searched } = lookupStage([account({ name: 'contosomedia' })]);
  ports.scans = new ScanGate({ perCaller: 0, perInstance: 0 });
  expect((await problemOf(() => ask(question))).code).toBe(isScan ? 'rate_limited' : 'not_found');
  if (isScan) expect(searched).toEqual([]);
});

it('a lookup holds its place during its search only, not while it lists keys', async () => {
  const { audit, ask, ports, stage, accountKeys } = lookupStage([account({ name: 'contosomedia' })]);
  ports.scans = new ScanGate({ perCaller: 1, perInstance: 1 });
  await audit.append(recordOf(SIGNATURE), addSeconds(stage.now, 60));
  let current: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (current = resolve));
  accountKeys.current = () => {
    current();
    return new Promise<never>(() => undefined);
  };
  void ask({ url: `${PATH}?${sas('si=readers')}&${sig.replace('AA', 'BB')}` });
  await reached;
  expect(await ask({ fingerprint })).toMatchObject({ verdict: 'issued' });
});

it('a failed search makes room for the next one', async () => {
  const { audit, ask, ports } = lookupStage([account({ name: 'contosomedia' })]);
  ports.scans = new ScanGate({ perCaller: 1, perInstance: 1 });
  audit.failWith('refuse');
  expect((await problemOf(() => ask({ fingerprint }))).code).toBe('audit_unavailable');
  audit.failWith(null);
  expect((await problemOf(() => ask({ fingerprint }))).code).toBe('not_found');
});
