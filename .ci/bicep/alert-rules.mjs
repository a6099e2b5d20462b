// What must hold for the alert rules and the workbook of an expanded deployment with every option.
import { readFileSync } from 'node:fs';
import { queryFaults } from './kusto.mjs';
import { mismatches, ofType } from './resources.mjs';

const rules = JSON.parse(readFileSync('infra/modules/alert-rules.json', 'utf8'));

/** Returns the faults, as lines. */
export function alertFaults(resources) {
  const alerts = ofType(resources, 'Microsoft.Insights/scheduledQueryRules');
  const workbooks = ofType(resources, 'Microsoft.Insights/workbooks');
  const ids = ['Microsoft.Insights/components', 'Microsoft.KeyVault/vaults'].map(
    (type) => ofType(resources, type)[0].id,
  );
  return [
    ...(alerts.length === rules.length ? [] : [`${alerts.length} alert rules instead of ${rules.length}`]),
    ...(workbooks.length === 1 ? [] : [`${workbooks.length} workbooks`]),
    ...alerts.flatMap((alert) => ruleFaults(alert, ids)),
    ...workbooks.flatMap(({ properties }) => workbookFaults(properties, ids)),
  ];
}

function ruleFaults({ id, name, properties }, ids) {
  const rule = rules.find((candidate) => name.endsWith(`-${candidate.name}`));
  const [{ query, threshold, metricMeasureColumn, timeAggregation }] = properties.criteria.allOf;
  return [
    ...mismatches(id, properties, { enabled: true, skipQueryValidation: true, autoMitigate: rule.resolves }),
    ...(metricMeasureColumn === rule.measure && timeAggregation === (rule.measure ? 'Total' : 'Count')
      ? []
      : [`${id} measures ${metricMeasureColumn}`]),
    ...(properties.muteActionsDuration === (rule.resolves ? undefined : rule.window)
      ? []
      : [`${id} is muted for ${properties.muteActionsDuration}`]),
    ...(properties.actions.actionGroups.length === 1 ? [] : [`${id} does not notify the action group`]),
    ...(threshold === (rule.name === 'denials' ? 1000 : rule.threshold)
      ? []
      : [`${id} has the threshold ${threshold}`]),
    ...(ids.some((resource) => query.includes(`_ResourceId =~ '${resource}'`))
      ? []
      : [`${id} looks at other resources than the broker's`]),
    ...(query.includes('ago(') && !query.includes('ago(60m)') ? [`${id} ignores alertTickMinutes`] : []),
    ...queryFaults(query).map((fault) => `${id}: ${fault}`),
    ...placeholderFaults(id, query),
  ];
}

function workbookFaults({ serializedData, sourceId }, ids) {
  const { items } = JSON.parse(serializedData);
  // The workbook replaces {TimeRange:grain} by a length of time.
  const queries = items.flatMap(({ content }) => content.query?.replaceAll('{TimeRange:grain}', '5m') ?? []);
  return [
    ...(queries.every((query) => ids.some((id) => query.includes(`_ResourceId =~ '${id}'`)))
      ? []
      : ["the workbook looks at other resources than the broker's"]),
    ...queries.flatMap(queryFaults).map((fault) => `the workbook: ${fault}`),
    ...(sourceId === ids[0] ? [] : ['Application Insights does not show the workbook']),
    ...placeholderFaults('the workbook', serializedData.replaceAll(/\{TimeRange(:grain)?\}/g, '')),
  ];
}

function placeholderFaults(what, text) {
  return [...text.matchAll(/\{[a-zA-Z]+\}/g)].map(
    ([placeholder]) => `${what} keeps the placeholder ${placeholder}`,
  );
}
