// Creates four identities, because the one that signs must not be able to replace the program, or to rewrite or delete its
// records.
import { identity, resourceNames } from 'types.bicep'

param location string
param tags object
param names resourceNames

resource hostIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.hostIdentity
  location: location
  tags: tags
}

resource signerIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.signerIdentity
  location: location
  tags: tags
}

resource rotatorIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.rotatorIdentity
  location: location
  tags: tags
}

resource purgerIdentity 'Microsoft.ManagedIdentity/userAssignedIdentities@2024-11-30' = {
  name: names.purgerIdentity
  location: location
  tags: tags
}

@description('Runs the Functions host, with its storage, package and telemetry.')
output host identity = {
  id: hostIdentity.id
  principalId: hostIdentity.properties.principalId
  clientId: hostIdentity.properties.clientId
}

@description('Reads signing keys, requests user delegation keys and appends audit rows.')
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

@description('Deletes audit rows that are past their retention.')
output purger identity = {
  id: purgerIdentity.id
  principalId: purgerIdentity.properties.principalId
  clientId: purgerIdentity.properties.clientId
}
