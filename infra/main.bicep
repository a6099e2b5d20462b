// Creates everything that one broker runs on, and its identities' roles on the storage accounts in broker.json.
targetScope = 'subscription'

import { delegationsOf } from 'modules/signer-roles.bicep'
import { namesOf, zoneNames } from 'modules/names.bicep'
import {
  delegation
  delegationGrant
  dnsZones
  givenNames
  managedAccount
  privateNetwork
  signerBlobRole
  signerFileRole
  signerQueueRole
} from 'modules/types.bicep'

@description('The name of the deployment. The resource group is rg-<name>, and every resource name derives from it.')
@minLength(2)
@maxLength(32)
param environmentName string

@description('The Azure region of the broker. The storage accounts it signs for may be in any region.')
param location string

@description('The name of an existing resource group for the broker. Empty: this template creates rg-<environmentName>.')
param resourceGroupName string = ''

@description('Tags for every resource, besides azd-env-name, by which azd finds them.')
param tags { *: string } = {}

@description('Names of resources in place of those that derive from environmentName.')
param names givenNames = {}

@description('The resource id of an existing Log Analytics workspace. Empty: this template creates one.')
param workspaceId string = ''

@description('Resource ids of action groups. Empty: no alert rule is created, because a rule that notifies nobody only costs.')
param actionGroupIds string[] = []

@description('Thresholds of alert rules in place of those of modules/alert-rules.json, by the name of the rule.')
param alertThresholds { *: int } = {}

@description('After how many minutes without a tick of the rotation timer an alert fires. Use at least four intervals of rotationSchedule.')
@minValue(5)
@maxValue(1440)
param alertTickMinutes int = 20

@description('Connects the app with a virtual network, gives the host storage, the records and the vault private endpoints there, and turns their public endpoints off.')
param vnetEnabled bool = false

@description('The address range of the network, /26 or larger. Existing subnets replace it.')
param vnetAddressPrefix string = '10.0.0.0/26'

@description('The resource id of an existing subnet for the app, which is delegated to Microsoft.App/environments and has no other use. Empty: this template creates a network.')
param appSubnetId string = ''

@description('The resource id of an existing subnet for the private endpoints. Set both or none.')
param endpointSubnetId string = ''

@description('The resource ids of existing private DNS zones. Null: this template creates the zones and links them with the network.')
param privateDnsZoneIds dnsZones?

@description('True if a policy of the platform registers private endpoints in DNS, so this template does not.')
param privateDnsByPolicy bool = false

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

@description('Spreads the app over availability zones, with at least two instances kept warm and zone-redundant host storage. The region must have zones.')
param zoneRedundant bool = false

@description('The memory of an instance in MB. It decides the share of a core.')
param instanceMemoryMB 512 | 2048 | 4096 = 2048

@description('How many HTTP requests one instance runs at once before the platform adds another. Null: the platform decides by the memory.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int?

@description('How a deployment replaces instances: all at once, with requests cut off, or one batch after the other.')
param siteUpdateStrategy 'Recreate' | 'RollingUpdate' = 'Recreate'

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
var faults = concat(
  empty(unknownAccounts)
    ? []
    : ['The signer has roles on accounts that broker.json does not name: ${join(unknownAccounts, ', ')}'],
  empty(appSubnetId) == empty(endpointSubnetId) ? [] : ['Set both appSubnetId and endpointSubnetId, or none of them'],
  vnetEnabled || empty(appSubnetId) ? [] : ['appSubnetId has no effect without vnetEnabled']
)
var token = empty(faults) ? uniqueString(subscription().id, environmentName, location) : fail(join(faults, '. '))
var allTags = union(tags, { 'azd-env-name': environmentName })
var resourceNames = namesOf(token, names)
var usedWorkspaceId = empty(workspaceId) ? createdWorkspace.id : workspaceId
var createZones = privateDnsZoneIds == null && !privateDnsByPolicy
var private privateNetwork? = vnetEnabled
  ? {
      endpointSubnetId: empty(endpointSubnetId) ? createdNetwork::endpoints.id : endpointSubnetId
      zoneIds: createZones
        ? mapValues(
            zoneNames,
            zone => resourceId(subscription().subscriptionId, group.name, 'Microsoft.Network/privateDnsZones', zone)
          )
        : privateDnsZoneIds
    }
  : null

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = if (empty(resourceGroupName)) {
  name: empty(resourceGroupName) ? 'rg-${environmentName}' : resourceGroupName
  location: location
  tags: allTags
}

module identities 'modules/identities.bicep' = {
  scope: group
  params: { location: location, tags: allTags, names: resourceNames }
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
  params: {
    location: location
    tags: allTags
    workspaceName: resourceNames.workspace
    insightsName: resourceNames.insights
    hostPrincipalId: identities.outputs.host.principalId
    existingWorkspaceId: workspaceId
  }
}

module network 'modules/network.bicep' = if (vnetEnabled) {
  scope: group
  params: {
    location: location
    tags: allTags
    name: resourceNames.network
    addressPrefix: vnetAddressPrefix
    existingNetworkId: split(appSubnetId, '/subnets/')[0]
    createZones: createZones
  }
}

// These ids do not come from the modules' outputs, so conditions and queries are known before the deployment starts.
resource createdNetwork 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {
  scope: group
  name: resourceNames.network

  resource app 'subnets' existing = {
    name: 'app'
  }

  resource endpoints 'subnets' existing = {
    name: 'endpoints'
  }
}

module records 'modules/records.bicep' = {
  scope: group
  params: {
    location: location
    tags: allTags
    name: resourceNames.records
    signerPrincipalId: identities.outputs.signer.principalId
    auditWriterRole: roles.outputs.auditWriterRole
    stateKeeperRole: roles.outputs.stateKeeperRole
    purgerPrincipalId: identities.outputs.purger.principalId
    auditPurgerRole: roles.outputs.auditPurgerRole
    deleteOldRows: !empty(auditRetention)
    workspaceId: monitoring.outputs.workspaceId
    lock: lockAudit
    sku: auditRedundancy
    network: private
  }
  dependsOn: [network]
}

module vault 'modules/vault.bicep' = {
  scope: group
  params: {
    location: location
    tags: allTags
    name: resourceNames.vault
    signerPrincipalId: identities.outputs.signer.principalId
    rotatorPrincipalId: identities.outputs.rotator.principalId
    rotateKeys: !empty(rotatedAccounts)
    workspaceId: monitoring.outputs.workspaceId
    recover: recoverVault
    network: private
  }
  dependsOn: [network]
}

resource createdInsights 'Microsoft.Insights/components@2020-02-02' existing = {
  scope: group
  name: resourceNames.insights
}

resource createdWorkspace 'Microsoft.OperationalInsights/workspaces@2023-09-01' existing = {
  scope: group
  name: resourceNames.workspace
}

resource createdVault 'Microsoft.KeyVault/vaults@2024-11-01' existing = {
  scope: group
  name: resourceNames.vault
}

module workbook 'modules/workbook.bicep' = {
  scope: group
  params: {
    location: location
    tags: allTags
    token: token
    title: 'SAS token broker ${environmentName}'
    workspaceId: usedWorkspaceId
    insightsId: createdInsights.id
    vaultId: createdVault.id
  }
  dependsOn: [monitoring, vault]
}

module alerts 'modules/alerts.bicep' = if (!empty(actionGroupIds)) {
  scope: group
  params: {
    location: location
    tags: allTags
    token: token
    workspaceId: usedWorkspaceId
    insightsId: createdInsights.id
    vaultId: createdVault.id
    actionGroupIds: actionGroupIds
    thresholds: alertThresholds
    tickMinutes: alertTickMinutes
  }
  dependsOn: [monitoring, vault]
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
  params: {
    location: location
    tags: allTags
    name: resourceNames.hostStorage
    hostPrincipalId: identities.outputs.host.principalId
    sku: zoneRedundant ? 'Standard_ZRS' : 'Standard_LRS'
    network: private
  }
  dependsOn: [network]
}

module app 'modules/function-app.bicep' = {
  scope: group
  params: {
    location: location
    tags: allTags
    name: resourceNames.functionApp
    planName: resourceNames.plan
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
    instanceMemoryMB: instanceMemoryMB
    httpConcurrency: httpConcurrency
    zoneRedundant: zoneRedundant
    siteUpdateStrategy: siteUpdateStrategy
    subnetId: !vnetEnabled ? '' : empty(appSubnetId) ? createdNetwork::app.id : appSubnetId
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
