// Assigns the broker's identities their roles on one storage account that it signs for.
import { rolesOnAccount, rolesOnContainers, signerPlaces } from 'signer-roles.bicep'
import {
  containerRole
  dataRole
  delegation
  signerBlobRole as blobRole
  signerFileRole as fileRole
  signerPlace
  signerQueueRole as queueRole
} from 'types.bicep'

param accountName string
param signerPrincipalId string

@description('What the grants allow as user delegation SAS on this account.')
param delegations delegation[]

@description('These replace the roles that the grants need. Null: the roles follow the grants.')
param signerBlobRole blobRole?
param signerQueueRole queueRole?
param signerFileRole fileRole?

param rotatorPrincipalId string

@description('True if broker.json configures rotation for this account.')
param rotateKeys bool
param keyRotatorRole string

// A delegator may request user delegation keys of a service, but access nothing.
var delegators = {
  blob: 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
  queue: '7ee386e9-84f0-448e-80a6-f185f6533131'
  file: '765a04e0-5de8-4bb2-9bf6-b2a30bc03e91'
}
var dataRoles = loadJsonContent('data-roles.json')
var blobDataRoles dataRole[] = dataRoles.blob
var queueDataRoles dataRole[] = dataRoles.queue
// These roles allow access to files over REST regardless of NTFS access control lists, as a user delegation SAS for files
// requires.
var fileDataRoles dataRole[] = dataRoles.file
var blobPlaces signerPlace[] = signerPlaces(delegations, 'blob', blobDataRoles, signerBlobRole)
var queuePlaces signerPlace[] = signerPlaces(delegations, 'queue', queueDataRoles, signerQueueRole)
// Azure names shares differently as scopes of roles (fileshares) and as resources (shares), so files have roles on the
// account.
var filePlaces signerPlace[] = signerPlaces(
  map(delegations, item => union(item, { container: '' })),
  'file',
  fileDataRoles,
  signerFileRole
)
var usedServices = union(map(delegations, item => item.service), [])
var accountRoles = union(
  map(filter(items(delegators), item => contains(usedServices, item.key)), item => item.value),
  rolesOnAccount(blobPlaces),
  rolesOnAccount(queuePlaces),
  rolesOnAccount(filePlaces)
)
var containerRoles containerRole[] = rolesOnContainers(blobPlaces)
var queueRoles containerRole[] = rolesOnContainers(queuePlaces)

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: accountName

  resource blobs 'blobServices' existing = {
    name: 'default'
  }

  resource queues 'queueServices' existing = {
    name: 'default'
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' existing = [
  for item in containerRoles: {
    parent: account::blobs
    name: item.container
  }
]

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' existing = [
  for item in queueRoles: {
    parent: account::queues
    name: item.container
  }
]

@description('Let the signer request user delegation keys, and limit what a SAS signed with them can do.')
resource signerOnAccount 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for id in accountRoles: {
    name: guid(account.id, signerPrincipalId, id)
    scope: account
    properties: {
      principalId: signerPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', id)
    }
  }
]

resource signerOnContainers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (item, index) in containerRoles: {
    name: guid(containers[index].id, signerPrincipalId, item.role)
    scope: containers[index]
    properties: {
      principalId: signerPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', item.role)
    }
  }
]

resource signerOnQueues 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (item, index) in queueRoles: {
    name: guid(queues[index].id, signerPrincipalId, item.role)
    scope: queues[index]
    properties: {
      principalId: signerPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', item.role)
    }
  }
]

resource rotatorRegenerates 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (rotateKeys) {
  name: guid(account.id, rotatorPrincipalId, keyRotatorRole)
  scope: account
  properties: {
    principalId: rotatorPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyRotatorRole)
  }
}
