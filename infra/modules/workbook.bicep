// Creates the workbook of workbook.json. Its queries read lines that docs/logs.md lists.
param location string
param tags object
param token string
param title string
param workspaceId string
param insightsId string
param vaultId string

var content = replace(
  replace(
    replace(replace(loadTextContent('workbook.json'), '{title}', title), '{workspace}', workspaceId),
    '{insights}',
    insightsId
  ),
  '{vault}',
  vaultId
)

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(resourceGroup().id, token, 'workbook')
  location: location
  tags: union(tags, { 'hidden-title': title })
  kind: 'shared'
  properties: {
    category: 'workbook'
    displayName: title
    serializedData: content
    sourceId: insightsId
    version: 'Notebook/1.0'
  }
}
