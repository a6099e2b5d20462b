import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { levelOfLine } from '../../../local/host/log.ts';
import { BrokerError } from '../../../shared/broker-error.ts';
import { compose } from '../../../shared/compose/compose.ts';
import { linesOf } from '../../../shared/compose/log-lines.ts';
import type { LogLevel } from '../../../shared/log-events.ts';
import { validDocument } from '../config/config-document.ts';

const HOST_LEVELS = { info: 'information', warn: 'warning', error: 'error' } as const;

interface Written {
  readonly line: string;
  readonly level: LogLevel;
}

/** Collects lines as functions/index.ts gets them. */
function collect() {
  const written: Written[] = [];
  return { written, writeLine: (line: string, level: LogLevel) => void written.push({ line, level }) };
}

/** The level at which the host logs a line: on standard output always information. */
const hostLevel = ({ line, level }: Written) => (level === 'info' ? 'information' : levelOfLine(line));

function expectLevels(written: readonly Written[]): void {
  for (const one of written) {
    expect(hostLevel(one), one.line).toBe(HOST_LEVELS[one.level]);
    expect(JSON.parse(one.line)).toMatchObject({ level: one.level });
  }
}

/** A v2.0 issuer puts the client id into `aud`, so an `api://` audience is worth a warning. */
function documentWithWarning() {
  const document = validDocument();
  return { ...document, issuers: document.issuers.map((one) => ({ ...one, audiences: ['api://broker'] })) };
}

const eventsOf = (written: readonly Written[]) =>
  written.map(({ line }) => (JSON.parse(line) as { event: string }).event);

describe('the lines that the broker writes itself', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('have the level at which the host logs them, if the configuration has faults', () => {
    const { written, writeLine } = collect();
    expect(compose({ BROKER_CONFIG: '/nowhere/broker.json' }, writeLine).ok).toBe(false);
    expect(eventsOf(written)).toContain('configuration fault');
    expect(written.every(({ level }) => level === 'error')).toBe(true);
    expectLevels(written);
  });

  it('have the level at which the host logs them, if the broker starts and cannot record it', async () => {
    vi.stubEnv('IDENTITY_ENDPOINT', 'http://127.0.0.1:9/');
    vi.stubEnv('IDENTITY_HEADER', 'none');
    const folder = mkdtempSync(join(tmpdir(), 'compose-'));
    const file = join(folder, 'broker.json');
    writeFileSync(file, JSON.stringify(documentWithWarning()));
    const { written, writeLine } = collect();
    const environment = {
      BROKER_CONFIG: file,
      KEY_VAULT_URL: 'https://127.0.0.1:9',
      AUDIT_TABLE_URL: 'https://127.0.0.1:9/audit/BrokerAudit',
      STATE_TABLE_URL: 'https://127.0.0.1:9/state/BrokerState',
      SIGNER_CLIENT_ID: '0c0ffee0-0000-4000-8000-0000000000a1',
      ROTATOR_CLIENT_ID: '0c0ffee0-0000-4000-8000-0000000000a2',
      REQUEST_DEADLINE: 'PT1S',
    };
    const composed = compose(environment, writeLine);
    await vi.waitFor(() => expect(eventsOf(written)).toContain('start not recorded'), { timeout: 20_000 });
    expect(eventsOf(written)).toEqual(expect.arrayContaining(['configuration warning', 'broker started']));
    expectLevels(written);
    rmSync(folder, { recursive: true });
    if (composed.ok) await composed.value.close();
  });

  it('have the level at which the host logs them, if something goes wrong in the background', () => {
    const { written, writeLine } = collect();
    const lines = linesOf(writeLine);
    lines.onFault(new BrokerError('signing_key_unavailable', 'The key is unavailable.'));
    lines.onAuditFault('could not write a denial');
    lines.log('audit rows removed', { detail: 'none' });
    expect(written.map(({ level }) => level)).toEqual(['warn', 'warn', 'info']);
    expectLevels(written);
  });
});
