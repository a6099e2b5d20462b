// Creates the alert rules of alert-rules.json. Their queries read lines that docs/logs.md lists.
import { alertRule } from 'types.bicep'

param location string
param tags object
param token string
param workspaceId string
param insightsId string
param vaultId string

@description('Resource ids of the action groups that are notified.')
param actionGroupIds string[]

@description('Thresholds in place of those of alert-rules.json, by the name of the rule.')
param thresholds { *: int }

@description('After how many minutes without a tick the rule no-tick fires.')
param tickMinutes int

var rules alertRule[] = loadJsonContent('alert-rules.json')
var unknownRules = filter(objectKeys(thresholds), name => !contains(map(rules, rule => rule.name), name))
var checkedThresholds = empty(unknownRules)
  ? thresholds
  : fail('alertThresholds has no rule named ${join(unknownRules, ', ')}')

// A shared workspace has the lines of other apps too. The search for text comes first, because it uses the index.
@description('Returns the beginning of a query for lines of these events, a JSON list.')
func linesOf(events string) string =>
  join(
    [
      'AppTraces'
      '| where _ResourceId =~ \'{insights}\''
      '| where Message startswith \'{"level"\' and Message has_any (dynamic(${events}))'
      '| extend line = parse_json(Message)'
      '| where tostring(line.event) in (dynamic(${events}))'
    ],
    '\n'
  )

@description('Returns the whole query of a rule.')
func queryOf(rule alertRule) string =>
  join(concat(rule.?events == null ? [] : [linesOf(string(rule.?events))], rule.query), '\n')

// Values of windowSize and evaluationFrequency: https://learn.microsoft.com/azure/azure-monitor/alerts/resource-manager-alerts-log
resource alerts 'Microsoft.Insights/scheduledQueryRules@2023-12-01' = [
  for rule in rules: {
    name: 'alert-${token}-${rule.name}'
    location: location
    tags: tags
    kind: 'LogAlert'
    properties: {
      displayName: 'Broker ${token}: ${rule.name}'
      description: rule.description
      severity: rule.severity
      enabled: true
      scopes: [workspaceId]
      evaluationFrequency: 'PT5M'
      windowSize: rule.window
      criteria: {
        allOf: [
          {
            query: replace(
              replace(replace(queryOf(rule), '{insights}', insightsId), '{vault}', vaultId),
              '{tickMinutes}',
              string(tickMinutes)
            )
            timeAggregation: contains(rule, 'measure') ? 'Total' : 'Count'
            ...(rule.?measure == null ? {} : { metricMeasureColumn: rule.?measure })
            dimensions: contains(rule, 'dimension')
              ? [{ name: rule.?dimension ?? '', operator: 'Include', values: ['*'] }]
              : []
            operator: rule.operator
            threshold: checkedThresholds[?rule.name] ?? rule.threshold
            failingPeriods: { numberOfEvaluationPeriods: 1, minFailingPeriodsToAlert: 1 }
          }
        ]
      }
      autoMitigate: rule.resolves
      // One event is in the window for several evaluations. It notifies once.
      ...(rule.resolves ? {} : { muteActionsDuration: rule.window })
      actions: { actionGroups: actionGroupIds }
      // A table without any data yet has no columns to validate the query with.
      skipQueryValidation: true
    }
  }
]
