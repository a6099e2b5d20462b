// What the broker's identities may do to one storage account that it signs for.
import { signerBlobRole as blobRole } from 'types.bicep'

param accountName string
param signerPrincipalId string
param signerBlobRole blobRole

param rotatorPrincipalId string

@description('Whether broker.json has this account\'s keys rotated.')
param rotating bool
param keyRotatorRole string

var blobDelegator = 'db58b8e5-c6ad-4a2a-8342-4190687cbf4a'
var blobRoles = {
  reader: '2a2b9908-6ea1-4ae2-8e65-a410df84e7d1'
  contributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe'
  owner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b'
}
var blobRoleId = blobRoles[?signerBlobRole]

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: accountName
}

resource signerDelegates 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(account.id, signerPrincipalId, blobDelegator)
  scope: account
  properties: {
    principalId: signerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobDelegator)
  }
}

@description('The ceiling of every user delegation SAS on this account.')
resource signerReach 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (blobRoleId != null) {
  name: guid(account.id, signerPrincipalId, blobRoleId ?? '')
  scope: account
  properties: {
    principalId: signerPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', blobRoleId ?? '')
  }
}

resource rotatorRegenerates 'Microsoft.Authorization/roleAssignments@2022-04-01' = if (rotating) {
  name: guid(account.id, rotatorPrincipalId, keyRotatorRole)
  scope: account
  properties: {
    principalId: rotatorPrincipalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', keyRotatorRole)
  }
}
