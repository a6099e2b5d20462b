// Everything one broker runs on, and what its identities may do to the storage accounts of broker.json.
targetScope = 'subscription'

import { delegationGrant, managedAccount, signerBlobRole, signerFileRole, signerQueueRole } from 'modules/types.bicep'

@description('Names the deployment: its resource group is rg-<name>, and every resource name derives from it.')
@minLength(2)
@maxLength(32)
param environmentName string

@description('Azure region of the broker itself; the storage accounts it signs for may be anywhere.')
param location string

@description('What the signer may do to blobs, by account name of broker.json: a user delegation SAS can do no more than its signer. Accounts not named here get defaultSignerBlobRole.')
param signerBlobRoles { *: signerBlobRole } = {}

@description('See signerBlobRoles. contributor covers the letters r, a, c, w, d, l and m; versions, tags and ownership need owner.')
param defaultSignerBlobRole signerBlobRole = 'contributor'

@description('What the signer may do to queues, by account name. Accounts not named here get contributor where a grant gives user delegation SAS for queues there, else nothing.')
param signerQueueRoles { *: signerQueueRole } = {}

@description('What the signer may do to file shares, by account name. Accounts not named here get contributor where a grant gives user delegation SAS for files there, else nothing.')
param signerFileRoles { *: signerFileRole } = {}

@description('What one request may take, an ISO 8601 duration.')
param requestDeadline string = 'PT10S'

@description('NCRONTAB expression of the rotation timer.')
param rotationSchedule string = '0 */5 * * * *'

@description('How long audit rows stay after their token\'s expiry, an ISO 8601 duration.')
param auditRetention string = 'P400D'

@description('Proxies of your own in front of the platform\'s front end, whose entries in X-Forwarded-For are skipped.')
@minValue(0)
@maxValue(10)
param trustedProxyHops int = 0

@description('Origins whose browser pages may call the broker.')
param corsAllowedOrigins string[] = []

@description('Instances kept warm for HTTP; 0 scales to zero and costs a cold start.')
@minValue(0)
param alwaysReadyInstances int = 0

@description('Ceiling of the scale-out.')
@minValue(1)
@maxValue(1000)
param maximumInstances int = 40

@description('Copies of the audit trail; take Standard_GRS or Standard_LRS where the region has no zones.')
param auditRedundancy 'Standard_ZRS' | 'Standard_GZRS' | 'Standard_GRS' | 'Standard_LRS' = 'Standard_ZRS'

@description('Forbids deleting the account that holds the audit table until the lock is removed by hand.')
param lockAudit bool = true

var broker = loadJsonContent('../broker.json')
var managedAccounts managedAccount[] = broker.accounts
var rotatedAccounts = filter(managedAccounts, account => account.?rotation != null)
var grants delegationGrant[] = broker.grants
// A grant without "kinds" gives user delegation SAS; one that only reports gives none.
var delegating = filter(
  grants,
  grant => contains(grant.?kinds ?? ['user-delegation'], 'user-delegation') && (grant.?mode ?? 'enforce') == 'enforce'
)
// Only blobs had user delegation SAS before 2025-07-05.
var furtherAccounts = map(
  filter(managedAccounts, account => account.sasVersion >= '2025-07-05'),
  account => account.name
)
var delegable = filter(
  flatten(map(delegating, grant => grant.?resources ?? [])),
  resource => contains(furtherAccounts, split(resource, '/')[0])
)
var token = uniqueString(subscription().id, environmentName, location)
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
    rotating: !empty(rotatedAccounts)
    workspaceId: monitoring.outputs.workspaceId
  }
}

module accounts 'modules/managed-account.bicep' = [
  for account in managedAccounts: {
    name: 'managed-${account.name}'
    scope: resourceGroup(split(account.resourceId, '/')[2], split(account.resourceId, '/')[4])
    params: {
      accountName: last(split(account.resourceId, '/'))
      signerPrincipalId: identities.outputs.signer.principalId
      signerBlobRole: signerBlobRoles[?account.name] ?? defaultSignerBlobRole
      signerQueueRole: signerQueueRoles[?account.name] ?? (empty(filter(
          delegable,
          resource => startsWith(resource, '${account.name}/queue/')
        ))
        ? null
        : 'contributor')
      signerFileRole: signerFileRoles[?account.name] ?? (empty(filter(
          delegable,
          resource => startsWith(resource, '${account.name}/file/')
        ))
        ? null
        : 'contributor')
      rotatorPrincipalId: identities.outputs.rotator.principalId
      rotating: account.?rotation != null
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
      TRUSTED_PROXY_HOPS: string(trustedProxyHops)
    }
  }
}

output AZURE_LOCATION string = location
output AZURE_RESOURCE_GROUP string = group.name
output BROKER_URL string = '${app.outputs.url}/api'
output KEY_VAULT_NAME string = vault.outputs.name
output SIGNER_PRINCIPAL_ID string = identities.outputs.signer.principalId
