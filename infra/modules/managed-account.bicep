// Assigns the broker's identities their roles on one storage account that it signs for.
import { signerBlobRole as blobRole, signerFileRole as fileRole, signerQueueRole as queueRole } from 'types.bicep'

param accountName string
param signerPrincipalId string
param signerBlobRole blobRole

@description('Null if the broker issues no user delegation SAS for queues.')
param signerQueueRole queueRole?

@description('Null if the broker issues no user delegation SAS for files.')
param signerFileRole fileRole?

param rotatorPrincipalId string

@description('True if broker.json configures rotation for this account.')
param rotateKeys bool
param keyRotatorRole string

var blobDelegator = 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
var queueDelegator = '7ee386e9-84f0-448e-80a6-f185f6533131'
var fileDelegator = '765a04e0-5de8-4bb2-9bf6-b2a30bc03e91'
var blobRoles = {
  reader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  contributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  owner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
}
var blobRoleId = blobRoles[?signerBlobRole]
var queueRoles = {
  reader: '19e7f393-937e-4f77-808e-94535e297925'
  sender: 'c6a89b2d-59bc-44d0-9896-0f6e12d7b80a'
  processor: '8a0f0c08-91a1-4084-bc3d-661d67233fed'
  contributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88'
}
// These roles allow access to files over REST regardless of NTFS access control lists, as a user delegation SAS for files
// requires.
var fileRoles = {
  reader: 'b8eda974-7b85-4f76-af95-65846b26df6d'
  contributor: '69566ab7-960f-475b-8e7c-b3118f30c6bd'
}
var queueAndFileRoles = union(
  signerQueueRole == null ? [] : [queueDelegator],
  signerFileRole == null ? [] : [fileDelegator],
  filter([queueRoles[?signerQueueRole ?? 'none'], fileRoles[?signerFileRole ?? 'none']], id => id != null)
)

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: accountName
}

resource signerBlobDelegator 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, signerPrincipalId, blobDelegator)
  scope: account
  properties: {
    principalId: signerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDelegator)
  }
}

@description('Limits what a user delegation SAS for blobs on this account can do.')
resource signerBlobAccess 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (blobRoleId != null) {
  name: guid(account.id, signerPrincipalId, blobRoleId ?? '')
  scope: account
  properties: {
    principalId: signerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobRoleId ?? '')
  }
}

@description('Let the signer request user delegation keys for queues and files, and limit what a SAS signed with them can do.')
resource signerQueueAndFileRoles 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for id in queueAndFileRoles: {
    name: guid(account.id, signerPrincipalId, id)
    scope: account
    properties: {
      principalId: signerPrincipalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', id)
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
