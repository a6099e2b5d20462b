// Connects the broker with a virtual network: an existing one, or a new one with two subnets.
import { zoneNames } from 'names.bicep'

param location string
param tags object
param name string
param addressPrefix string

@description('Resource id of an existing network. Empty: this module creates one with the subnets app and endpoints.')
param existingNetworkId string

@description('True if this module creates the private DNS zones and links them with the network.')
param createZones bool

var createNetwork = empty(existingNetworkId)

resource securityGroup 'Microsoft.Network/networkSecurityGroups@2024-05-01' = if (createNetwork) {
  name: 'nsg-${name}'
  location: location
  tags: tags
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = if (createNetwork) {
  name: name
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressPrefix] }
    // Subnets that are resources of their own would be removed for a moment by each deployment of the network.
    subnets: [
      {
        // The delegation that Flex Consumption needs. It refuses a name with an underscore (azure-docs#123860):
        // https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#considerations
        name: 'app'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 27, 0)
          networkSecurityGroup: { id: securityGroup.id }
          delegations: [{ name: 'functions', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressPrefix, 27, 1)
          networkSecurityGroup: { id: securityGroup.id }
        }
      }
    ]
  }
}

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for zone in items(zoneNames): if (createZones) {
    name: zone.value
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (zone, index) in items(zoneNames): if (createZones) {
    parent: zones[index]
    name: 'broker'
    location: 'global'
    tags: tags
    properties: {
      registrationEnabled: false
      virtualNetwork: { id: createNetwork ? network.id : existingNetworkId }
    }
  }
]
