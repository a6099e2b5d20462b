// Creates everything that one broker runs on, and its identities' roles on the storage accounts in broker.json.
targetScope = 'subscription'

import { delegationsOf } from 'modules/signer-roles.bicep'
import { delegation, delegationGrant, managedAccount, signerBlobRole, signerFileRole, signerQueueRole } from 'modules/types.bicep'

@description('The name of the deployment. The resource group is rg-<name>, and every resource name derives from it.')
@minLength(2)
@maxLength(32)
param environmentName string

@description('The Azure region of the broker. The storage accounts it signs for may be in any region.')
param location string

@description('The signer\'s role on all blobs of an account, by account name in broker.json. Other accounts get the least roles that the grants need. A user delegation SAS can do no more than its signer.')
param signerBlobRoles { *: signerBlobRole } = {}

@description('The signer\'s role on all queues of an account, by account name. Other accounts get the least roles that the grants need.')
param signerQueueRoles { *: signerQueueRole } = {}

@description('The signer\'s role on all file shares of an account, by account name. Other accounts get the least role that the grants need.')
param signerFileRoles { *: signerFileRole } = {}

@description('How long the broker may take for one request, as an ISO 8601 duration.')
param requestDeadline string = 'PT10S'

@description('The schedule of the rotation timer, as an NCRONTAB expression.')
param rotationSchedule string = '0 */5 * * * *'

@description('How long audit rows are kept, as an ISO 8601 duration. Older rows are deleted. Empty: every row is kept, and no identity may delete one.')
param auditRetention string = 'P400D'

@description('The schedule of the timer that deletes audit rows, as an NCRONTAB expression.')
param purgeSchedule string = '0 17 * * * *'

@description('The number of your own proxies in front of the platform\'s front end. Their entries in X-Forwarded-For are skipped.')
@minValue(0)
@maxValue(10)
param trustedProxyHops int = 0

@description('The origins whose pages may call the broker from a browser.')
param corsAllowedOrigins string[] = []

@description('The number of instances kept warm for HTTP. With 0, the app scales to zero and then needs a cold start.')
@minValue(0)
param alwaysReadyInstances int = 0

@description('The maximum number of instances.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('How the audit trail is replicated. If the region has no availability zones, use Standard_GRS or Standard_LRS.')
param auditRedundancy 'Standard_ZRS' | 'Standard_GZRS' | 'Standard_GRS' | 'Standard_LRS' = 'Standard_ZRS'

@description('Locks the account that contains the audit table, so that it cannot be deleted until you remove the lock.')
param lockAudit bool = true

@description('Recovers the vault that was deleted together with an earlier deployment of the same name. Purge protection reserves its name for 90 days, so the deployment fails without this. Set it for one deployment only.')
param recoverVault bool = false

var broker = loadJsonContent('../broker.json')
var managedAccounts managedAccount[] = broker.accounts
var rotatedAccounts = filter(managedAccounts, account => account.?rotation != null)
var writtenGrants object[] = broker.grants
var grants delegationGrant[] = map(writtenGrants, grant => {
  kinds: grant.?kinds
  resources: grant.?resources
  mode: grant.?mode
  permissions: string(grant.permissions)
})
// Before version 2025-07-05, only blobs had user delegation SAS.
var queueAndFileAccounts = map(
  filter(managedAccounts, account => account.sasVersion >= '2025-07-05'),
  account => account.name
)
var delegations delegation[] = filter(
  delegationsOf(grants),
  item => item.service == 'blob' || contains(queueAndFileAccounts, item.account)
)
var unknownAccounts = filter(
  concat(objectKeys(signerBlobRoles), objectKeys(signerQueueRoles), objectKeys(signerFileRoles)),
  name => !contains(map(managedAccounts, account => account.name), name)
)
var token = empty(unknownAccounts)
  ? uniqueString(subscription().id, environmentName, location)
  : fail('The signer has roles on accounts that broker.json does not name: ${join(unknownAccounts, ', ')}')
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

module identities 'modules/identities.bicep' = {
  scope: group
  params: { location: location, tags: tags, token: token }
}

module roles 'modules/custom-roles.bicep' = {
  params: {
    environmentName: environmentName
    token: token
    managedSubscriptions: map(rotatedAccounts, account => split(account.resourceId, '/')[2])
  }
}

module monitoring 'modules/monitoring.bicep' = {
  scope: group
  params: { location: location, tags: tags, token: token, hostPrincipalId: identities.outputs.host.principalId }
}

module records 'modules/records.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    signerPrincipalId: identities.outputs.signer.principalId
    auditWriterRole: roles.outputs.auditWriterRole
    stateKeeperRole: roles.outputs.stateKeeperRole
    purgerPrincipalId: identities.outputs.purger.principalId
    auditPurgerRole: roles.outputs.auditPurgerRole
    deleteOldRows: !empty(auditRetention)
    workspaceId: monitoring.outputs.workspaceId
    lock: lockAudit
    sku: auditRedundancy
  }
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    signerPrincipalId: identities.outputs.signer.principalId
    rotatorPrincipalId: identities.outputs.rotator.principalId
    rotateKeys: !empty(rotatedAccounts)
    workspaceId: monitoring.outputs.workspaceId
    recover: recoverVault
  }
}

module accounts 'modules/managed-account.bicep' = [
  for account in managedAccounts: {
    // Two brokers may manage accounts in one group, so the name contains the token.
    name: 'managed-${token}-${account.name}'
    scope: resourceGroup(split(account.resourceId, '/')[2], split(account.resourceId, '/')[4])
    params: {
      accountName: last(split(account.resourceId, '/'))
      signerPrincipalId: identities.outputs.signer.principalId
      delegations: filter(delegations, item => item.account == account.name)
      signerBlobRole: signerBlobRoles[?account.name]
      signerQueueRole: signerQueueRoles[?account.name]
      signerFileRole: signerFileRoles[?account.name]
      rotatorPrincipalId: identities.outputs.rotator.principalId
      rotateKeys: account.?rotation != null
      keyRotatorRole: roles.outputs.keyRotatorRole
    }
  }
]

module hostStorage 'modules/host-storage.bicep' = {
  scope: group
  params: { location: location, tags: tags, token: token, hostPrincipalId: identities.outputs.host.principalId }
}

module app 'modules/function-app.bicep' = {
  scope: group
  params: {
    location: location
    tags: tags
    token: token
    identities: {
      host: identities.outputs.host
      signer: identities.outputs.signer
      rotator: identities.outputs.rotator
      purger: identities.outputs.purger
    }
    hostStorageName: hostStorage.outputs.accountName
    deploymentContainerUrl: hostStorage.outputs.deploymentContainerUrl
    insightsConnectionString: monitoring.outputs.insightsConnectionString
    corsAllowedOrigins: corsAllowedOrigins
    alwaysReadyInstances: alwaysReadyInstances
    maximumInstances: maximumInstances
    settings: {
      BROKER_CONFIG: 'broker.json'
      KEY_VAULT_URL: vault.outputs.url
      AUDIT_TABLE_URL: records.outputs.auditTableUrl
      STATE_TABLE_URL: records.outputs.stateTableUrl
      REQUEST_DEADLINE: requestDeadline
      ROTATION_SCHEDULE: rotationSchedule
      AUDIT_RETENTION: auditRetention
      PURGE_SCHEDULE: purgeSchedule
      TRUSTED_PROXY_HOPS: string(trustedProxyHops)
    }
  }
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output BROKER_URL string = '${app.outputs.url}/api'
output KEY_VAULT_NAME string = vault.outputs.name
output SIGNER_PRINCIPAL_ID string = identities.outputs.signer.principalId
output ROTATOR_PRINCIPAL_ID string = identities.outputs.rotator.principalId
