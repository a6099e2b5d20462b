// Defines the four roles that Azure does not have built in. Role names must be unique in a tenant, so they contain token.
targetScope = 'subscription'

param environmentName string
param token string

@description('The subscriptions of the accounts whose keys the broker rotates.')
param managedSubscriptions string[]

resource auditWriter 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, token, 'audit-writer')
  properties: {
    roleName: 'Broker audit writer ${environmentName} ${token}'
    description: 'Append-only: may read and add table entities, never change or delete one.'
    type: 'CustomRole'
    permissions: [
      {
        actions: []
        dataActions: [
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/read'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/add/action'
        ]
      }
    ]
    assignableScopes: [subscription().id]
  }
}

resource auditPurger 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, token, 'audit-purger')
  properties: {
    roleName: 'Broker audit purger ${environmentName} ${token}'
    description: 'May read and delete table entities, never add or change one.'
    type: 'CustomRole'
    permissions: [
      {
        actions: []
        dataActions: [
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/read'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/delete'
        ]
      }
    ]
    assignableScopes: [subscription().id]
  }
}

// Storage Table Data Contributor may also delete the table.
resource stateKeeper 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, token, 'state-keeper')
  properties: {
    roleName: 'Broker state keeper ${environmentName} ${token}'
    description: 'May read, write and delete table entities, never create or delete a table.'
    type: 'CustomRole'
    permissions: [
      {
        actions: []
        dataActions: [
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/read'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/write'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/delete'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/add/action'
          'Microsoft.Storage/storageAccounts/tableServices/tables/entities/update/action'
        ]
      }
    ]
    assignableScopes: [subscription().id]
  }
}

resource keyRotator 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, token, 'key-rotator')
  properties: {
    roleName: 'Broker key rotator ${environmentName} ${token}'
    description: 'May list and regenerate a storage account\'s keys and revoke its user delegation keys; no access to data.'
    type: 'CustomRole'
    permissions: [
      {
        actions: [
          'Microsoft.Storage/storageAccounts/read'
          'Microsoft.Storage/storageAccounts/listkeys/action'
          'Microsoft.Storage/storageAccounts/regeneratekey/action'
          'Microsoft.Storage/storageAccounts/revokeUserDelegationKeys/action'
        ]
      }
    ]
    assignableScopes: union([subscription().id], map(managedSubscriptions, id => '/subscriptions/${id}'))
  }
}

output auditWriterRole string = auditWriter.name
output auditPurgerRole string = auditPurger.name
output stateKeeperRole string = stateKeeper.name
output keyRotatorRole string = keyRotator.name
