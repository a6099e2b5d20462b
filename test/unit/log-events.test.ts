import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LOG_EVENTS, levelOf } from '../../shared/log-events.ts';

const EVENTS = Object.entries(LOG_EVENTS);
const rows = readFileSync('docs/logs.md', 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));

/** Returns what a table of docs/logs.md has in backticks, by what its first cell has there. */
const documented = (column: number): Map<string, string[]> =>
  new Map(rows.map((cells) => [namesIn(cells[1])[0] ?? '', namesIn(cells[column])]));

function namesIn(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name);
}

describe('docs/logs.md', () => {
  it.each(EVENTS)('has %s with its level and fields', (event, { level, fields }) => {
    const cells = rows.find((one) => namesIn(one[1])[0] === event) ?? [];
    expect(cells[2]).toBe(level === 'status' ? 'by `status`' : level);
    expect(namesIn(cells[3])).toEqual(fields);
  });

  it('has no line that the broker does not write', () => {
    const events = rows.filter((cells) => cells.length === 6).map((cells) => namesIn(cells[1])[0]);
    expect(events.sort()).toEqual(EVENTS.map(([event]) => event).sort());
  });

  it('explains each field of an issuance', () => {
    const explained = documented(1);
    for (const field of LOG_EVENTS['token issued'].fields) expect([...explained.keys()]).toContain(field);
  });
});

describe('a line about a refused request', () => {
  it.each([
    [400, 'info'],
    [403, 'info'],
    [500, 'error'],
    [503, 'warn'],
  ] as const)('with status %i has the level %s', (status, level) => {
    expect(levelOf('request refused', { status, code: 'c', reason: 'r' })).toBe(level);
  });
});

describe('host.json', () => {
  const { logging, ...rest } = JSON.parse(readFileSync('host.json', 'utf8')) as {
    logging: {
      logLevel: Record<string, string>;
      applicationInsights: { samplingSettings: { excludedTypes: string } };
    };
  };

  it('keeps lines from being sampled: alerts count them', () => {
    expect(logging.applicationInsights.samplingSettings.excludedTypes.split(';')).toEqual(
      expect.arrayContaining(['Trace', 'Exception', 'Request']),
    );
  });

  it('lets lines of calls, of timers and of the process through', () => {
    const categories = ['Function.issueToken.User', 'Function.rotateKeys.User', 'Host.Function.Console'];
    for (const category of categories) {
      const named = Object.keys(logging.logLevel)
        .filter((prefix) => category.startsWith(prefix))
        .sort((a, b) => b.length - a.length);
      expect(logging.logLevel[named[0] ?? 'default']).toBe('Information');
    }
  });

  it('leaves telemetry with Application Insights, whose settings OpenTelemetry would ignore', () => {
    expect(rest).not.toHaveProperty('telemetryMode');
  });
});
