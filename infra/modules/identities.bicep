// Three, so that the one that signs cannot replace the program or rewrite what it recorded.
import { identity } from 'types.bicep'

param location string
param tags object
param token string

resource hostIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-host-${token}'
  location: location
  tags: tags
}

resource signerIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-signer-${token}'
  location: location
  tags: tags
}

resource rotatorIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: 'id-rotator-${token}'
  location: location
  tags: tags
}

@description('Runs the Functions host: its storage, its package, its telemetry.')
output host identity = {
  id: hostIdentity.id
  principalId: hostIdentity.properties.principalId
  clientId: hostIdentity.properties.clientId
}

@description('Reads signing keys, asks for user delegation keys, appends audit rows.')
output signer identity = {
  id: signerIdentity.id
  principalId: signerIdentity.properties.principalId
  clientId: signerIdentity.properties.clientId
}

@description('Regenerates account keys and publishes them.')
output rotator identity = {
  id: rotatorIdentity.id
  principalId: rotatorIdentity.properties.principalId
  clientId: rotatorIdentity.properties.clientId
}
