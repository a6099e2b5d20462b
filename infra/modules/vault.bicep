// Stores the account keys that the signer reads. This template gives access to the signer and the rotator only.
import { privateNetwork } from 'types.bicep'

param location string
param tags object
param name string
param signerPrincipalId string

param rotatorPrincipalId string

@description('True if broker.json configures rotation for any account.')
param rotateKeys bool
param workspaceId string

@description('Recovers the deleted vault of that name instead of creating one.')
param recover bool

@description('Null: the public endpoint is on.')
param network privateNetwork?

var secretsUser = '4633458b-17de-408a-b874-0445c86b69e6'
var secretsOfficer = 'b86a8fe4-44ce-4948-aee5-eccb2c155cd7'

resource vault 'Microsoft.KeyVault/vaults@2024-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    createMode: recover ? 'recover' : 'default'
    tenantId: subscription().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enablePurgeProtection: true
    enableSoftDelete: true
    softDeleteRetentionInDays: 90
    networkAcls: { bypass: 'None', defaultAction: network == null ? 'Allow' : 'Deny' }
    publicNetworkAccess: network == null ? 'Enabled' : 'Disabled'
  }
}

resource signerReads 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(vault.id, signerPrincipalId, secretsUser)
  scope: vault
  properties: {
    principalId: signerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsUser)
  }
}

resource rotatorPublishes 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (rotateKeys) {
  name: guid(vault.id, rotatorPrincipalId, secretsOfficer)
  scope: vault
  properties: {
    principalId: rotatorPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', secretsOfficer)
  }
}

resource accessLog 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'access'
  scope: vault
  properties: {
    workspaceId: workspaceId
    // The table AZKVAuditLogs, which has columns that queries can rely on.
    logAnalyticsDestinationType: 'Dedicated'
    logs: [{ categoryGroup: 'audit', enabled: true }]
  }
}

module endpoint 'private-endpoint.bicep' = if (network != null) {
  params: {
    location: location
    tags: tags
    targetName: name
    targetId: vault.id
    service: 'vault'
    subnetId: network!.endpointSubnetId
    zoneId: network.?zoneIds.?vault ?? ''
  }
}

output name string = vault.name
output url string = vault.properties.vaultUri
