import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { logTo } from '../../../shared/compose/log-lines.ts';
import { LOG_EVENTS } from '../../../shared/log-events.ts';
import { PHASES } from '../../../shared/rotation/rotation-journal.ts';

/*
 * The alert rules and the workbook query lines that the broker logs. Azure validates no name in a line, so a query with a
 * wrong one finds nothing, and nobody notices. Here each name must be one that the product has.
 */

interface AlertRule {
  name: string;
  events?: string[];
  query: string[];
  measure?: string;
  dimension?: string;
  window: string;
}

interface Query {
  readonly name: string;
  /** The events of the lines it reads; empty if it reads another table. */
  readonly events: readonly string[];
  readonly text: string;
}

const rules = JSON.parse(readFileSync('infra/modules/alert-rules.json', 'utf8')) as AlertRule[];
const workbook = JSON.parse(readFileSync('infra/modules/workbook.json', 'utf8')) as {
  items: { name: string; content: { query?: string } }[];
};
const alertQueries = rules.map(({ name, events = [], query }) => ({ name, events, text: query.join('\n') }));
const workbookQueries = workbook.items.flatMap(({ name, content: { query: text } }) =>
  text === undefined ? [] : [{ name, events: eventsIn(text), text }],
);

/** Returns the events that a whole query asks for. */
function eventsIn(text: string): string[] {
  const [, list = '[]'] = /tostring\(line\.event\) in \(dynamic\((\[.*?\])\)\)/.exec(text) ?? [];
  return JSON.parse(list) as string[];
}

/** Columns of tables that the platform writes: https://learn.microsoft.com/azure/azure-monitor/reference/tables-index */
const COLUMNS: Record<string, readonly string[]> = {
  AppRequests: ['Name', 'Success', 'TimeGenerated', '_ResourceId'],
  AZKVAuditLogs: ['CallerIpAddress', 'HttpStatusCode', 'OperationName', 'TimeGenerated', '_ResourceId'],
};

/** Returns the types of the events that the rotation records. */
function rotationEventTypes(): string[] {
  const files = readdirSync('shared/rotation', { recursive: true, encoding: 'utf8' });
  const literals = files
    .filter((file) => file.endsWith('.ts'))
    .flatMap((file) => [
      ...readFileSync(`shared/rotation/${file}`, 'utf8').matchAll(/\btype: '([a-z-]+)'/g),
    ]);
  return [...PHASES.map((phase) => `rotation-${phase}`), ...literals.map(([, type = '']) => type)];
}

function matches(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}

/** Returns the names that a query uses although the product does not have them. */
function unknownNames({ events, text }: Query): string[] {
  const known = Object.entries(LOG_EVENTS).filter(([event]) => events.includes(event));
  const fields = ['event', 'level', 'requestId', ...known.flatMap(([, facts]) => facts.fields as readonly string[])];
  const texts = matches(text, /tostring\(line\.event\) == '([^']*)'/g);
  return [
    ...events.filter((event) => !(event in LOG_EVENTS)).map((event) => `event ${event}`),
    ...texts.filter((event) => !events.includes(event)).map((event) => `event ${event}`),
    ...matches(text, /\bline\.(\w+)/g)
      .filter((field) => !fields.includes(field))
      .map((field) => `field ${field}`),
    ...matches(text, /tostring\(line\.type\) == '([^']*)'/g)
      .filter((type) => !rotationEventTypes().includes(type))
      .map((type) => `type ${type}`),
    ...(text.includes('line.') && known.length === 0 ? ['lines of no event'] : []),
    ...unknownColumns(text),
  ];
}

/** Returns the columns with a capital that the query's table does not have. */
function unknownColumns(text: string): string[] {
  const [, table = ''] = /^(A\w+)\n/.exec(text) ?? [];
  if (table === 'AppTraces' || table === '') return [];
  const columns = COLUMNS[table];
  if (columns === undefined) return [`table ${table}`];
  const code = text.slice(table.length).replaceAll(/'[^']*'|\{[\w:]+\}/g, '');
  return matches(code, /\b(_?[A-Z]\w+)/g)
    .filter((name) => !columns.includes(name))
    .map((name) => `column ${name}`);
}

describe.each<[string, readonly Query[]]>([
  ['alert rule', alertQueries],
  ['part of the workbook', workbookQueries],
])('the query of the %s', (_, queries) => {
  test.each(queries.map((query) => [query.name, query] as const))('%s names what the broker logs', (__, query) => {
    expect(unknownNames(query)).toEqual([]);
  });
});

describe('the check of queries', () => {
  const query = { name: 'q', events: ['request refused'], text: '| where toint(line.status) == 403' };

  test.each<[string, Partial<Query>]>([
    ['event request denied', { events: ['request denied'] }],
    ['field account', { text: '| where line.account == 1' }],
    ['field detail', { text: '| summarize by tostring(line.detail)' }],
    ['event audit fault', { text: "| where tostring(line.event) == 'audit fault' and line.code == 1" }],
    ['type rotation-stopped', { text: "| where tostring(line.type) == 'rotation-stopped'" }],
    ['lines of no event', { events: [] }],
    ['column Nome', { events: [], text: "AppRequests\n| where Nome == 'rotateKeys'" }],
    ['table AppEvents', { events: [], text: 'AppEvents\n| count' }],
  ])('finds %s', (name, changes) => {
    expect(unknownNames({ ...query, ...changes })).toContain(name);
  });
});

test('lines begin as the queries expect, and have their fields at the top', () => {
  const written: string[] = [];
  logTo((line) => void written.push(line), 'id')('audit fault', { reason: 'r' });
  const queries = [readFileSync('infra/modules/alerts.bicep', 'utf8').replaceAll("\\'", "'")];
  queries.push(...workbookQueries.map(({ text }) => text).filter((text) => text.startsWith('AppTraces')));
  const prefixes = queries.flatMap((text) => matches(text, /Message startswith '([^']*)'/g));
  expect(prefixes).toHaveLength(queries.length);
  for (const prefix of prefixes) expect(written[0]?.startsWith(prefix)).toBe(true);
  expect(JSON.parse(written[0] ?? '')).toEqual({
    level: 'warn',
    event: 'audit fault',
    requestId: 'id',
    reason: 'r',
  });
});

describe('the alert rules', () => {
  test('watch the timer that the app has', () => {
    const names = [...alertQueries, ...workbookQueries].flatMap(({ text }) => matches(text, /\bName == '(\w+)'/g));
    expect(new Set(names)).toEqual(new Set(['rotateKeys']));
    expect(readFileSync('functions/index.ts', 'utf8')).toContain("app.timer('rotateKeys'");
  });

  test.each(rules)('$name compares columns that it has, in a window that Azure allows', (rule) => {
    const text = rule.query.join('\n');
    for (const column of [rule.measure, rule.dimension].filter((name) => name !== undefined))
      expect(text).toMatch(new RegExp(`\\b${column} = |project .*\\b${column}\\b`));
    // https://learn.microsoft.com/azure/azure-monitor/alerts/resource-manager-alerts-log
    expect(['PT5M', 'PT10M', 'PT15M', 'PT30M', 'PT1H', 'PT6H', 'P1D']).toContain(rule.window);
    // https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule
    expect(text).not.toMatch(/\b(bag_unpack|pivot|narrow|AggregatedValue)\b/);
  });

  test('cover what operators must know, and the guide lists each', () => {
    const guide = readFileSync('docs/deploy.md', 'utf8');
    const [, section = ''] = /^## Alerts\n([^]*?)^## /m.exec(guide) ?? [];
    expect(matches(section, /^\| `([\w-]+)` \|/gm)).toEqual(rules.map(({ name }) => name));
  });
});

test('Azure keeps no two rules of one name', () => {
  expect(new Set(rules.map(({ name }) => name)).size).toBe(rules.length);
});
