// Stores what the Functions host needs: timer leases and the deployed package. It never contains the broker's data.
import { privateNetwork } from 'types.bicep'

param location string
param tags object
param name string
param hostPrincipalId string
param sku string

@description('Null: the public endpoint is on.')
param network privateNetwork?

var blobDataOwner = 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
var tableDataContributor = '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3'

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

  resource blobs 'blobServices' = {
    name: 'default'

    resource package 'containers' = {
      name: 'deployment'
    }
  }
}

// The host requires ownership of blobs, and writes its diagnostic events to a table.
resource hostRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for role in [blobDataOwner, tableDataContributor]: {
    name: guid(account.id, hostPrincipalId, role)
    scope: account
    properties: {
      principalId: hostPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role)
    }
  }
]

// The host reaches all three services.
module endpoints 'private-endpoint.bicep' = [
  for service in ['blob', 'queue', 'table']: if (network != null) {
    params: {
      location: location
      tags: tags
      targetName: name
      targetId: account.id
      service: service
      subnetId: network!.endpointSubnetId
      zoneId: network.?zoneIds[?service] ?? ''
    }
  }
]

output accountName string = account.name
output deploymentContainerUrl string = '${account.properties.primaryEndpoints.blob}${account::blobs::package.name}'
