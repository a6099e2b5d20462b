// Gives one service of a resource an address in the network.
param location string
param tags object

@description('The name of the resource, which the endpoint\'s name contains.')
param targetName string
param targetId string

@description('Which service: blob, queue, table or vault.')
param service string
param subnetId string

@description('Resource id of the private DNS zone. Empty: a policy outside this template registers the endpoint.')
param zoneId string

resource endpoint 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: 'pe-${targetName}-${service}'
  location: location
  tags: tags
  properties: {
    subnet: { id: subnetId }
    customNetworkInterfaceName: 'nic-${targetName}-${service}'
    privateLinkServiceConnections: [
      { name: service, properties: { privateLinkServiceId: targetId, groupIds: [service] } }
    ]
  }

  resource registration 'privateDnsZoneGroups' = if (!empty(zoneId)) {
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: service, properties: { privateDnsZoneId: zoneId } }]
    }
  }
}
