// Stores the audit table and the broker's state in a separate account, which the host's identity cannot access.
import { privateNetwork } from 'types.bicep'

param location string
param tags object
param name string
param signerPrincipalId string
param auditWriterRole string
param stateKeeperRole string
param purgerPrincipalId string
param auditPurgerRole string

@description('True if audit rows are deleted after a time. If not, no identity may delete one.')
param deleteOldRows bool
param workspaceId string
param lock bool
param sku string

@description('Null: the public endpoint is on.')
param network privateNetwork?

var tableDataReader = '76199698-9eea-4c19-bc75-cec21354c6b6'

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: name
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: sku }
  properties: {
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    allowSharedKeyAccess: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    networkAcls: { bypass: 'None', defaultAction: network == null ? 'Allow' : 'Deny' }
    publicNetworkAccess: network == null ? 'Enabled' : 'Disabled'
    supportsHttpsTrafficOnly: true
  }

  resource tables 'tableServices' = {
    name: 'default'

    resource audit 'tables' = {
      name: 'BrokerAudit'
    }

    resource state 'tables' = {
      name: 'BrokerState'
    }
  }
}

resource deleteLock 'Microsoft.Authorization/locks@2020-05-01' = if (lock) {
  name: 'keep-audit'
  scope: account
  properties: {
    level: 'CanNotDelete'
    notes: 'Contains the audit trail of every token issued.'
  }
}

resource signerAppends 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::tables::audit.id, signerPrincipalId, auditWriterRole)
  scope: account::tables::audit
  properties: {
    principalId: signerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', auditWriterRole)
  }
}

resource signerKeepsState 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account::tables::state.id, signerPrincipalId, stateKeeperRole)
  scope: account::tables::state
  properties: {
    principalId: signerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', stateKeeperRole)
  }
}

resource purgerDeletes 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (deleteOldRows) {
  name: guid(account::tables::audit.id, purgerPrincipalId, auditPurgerRole)
  scope: account::tables::audit
  properties: {
    principalId: purgerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', auditPurgerRole)
  }
}

// Rows that a rotation still needs are named by the journals.
resource purgerReadsState 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (deleteOldRows) {
  name: guid(account::tables::state.id, purgerPrincipalId, tableDataReader)
  scope: account::tables::state
  properties: {
    principalId: purgerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', tableDataReader)
  }
}

@description('Logs every change to the tables, including changes that the broker did not make.')
resource tableLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'changes'
  scope: account::tables
  properties: {
    workspaceId: workspaceId
    logs: [
      { category: 'StorageWrite', enabled: true }
      { category: 'StorageDelete', enabled: true }
    ]
  }
}

module endpoint 'private-endpoint.bicep' = if (network != null) {
  params: {
    location: location
    tags: tags
    targetName: name
    targetId: account.id
    service: 'table'
    subnetId: network!.endpointSubnetId
    zoneId: network.?zoneIds.?table ?? ''
  }
}

output auditTableUrl string = '${account.properties.primaryEndpoints.table}${account::tables::audit.name}'
output stateTableUrl string = '${account.properties.primaryEndpoints.table}${account::tables::state.name}'
