import { identity } from 'types.bicep'

param location string
param tags object
param name string
param planName string
param identities { host: identity, signer: identity, rotator: identity, purger: identity }
param hostStorageName string
param deploymentContainerUrl string
param insightsConnectionString string
param corsAllowedOrigins string[]
param alwaysReadyInstances int
param maximumInstances int
param instanceMemoryMB int
param zoneRedundant bool
param siteUpdateStrategy string

@description('How many HTTP requests one instance runs at once. Null: the platform decides by the memory.')
param httpConcurrency int?

@description('Resource id of the subnet through which the app sends all traffic. Empty: no network.')
param subnetId string

@description('The broker\'s settings, except for the identities, which this module adds.')
param settings { *: string }

resource hostStorage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: hostStorageName
}

// The host uses an identity for its storage and telemetry. Without a connection string, there is no key to lose.
var platformSettings = {
  AzureWebJobsStorage__credential: 'managedidentity'
  AzureWebJobsStorage__clientId: identities.host.clientId
  AzureWebJobsStorage__blobServiceUri: hostStorage.properties.primaryEndpoints.blob
  AzureWebJobsStorage__queueServiceUri: hostStorage.properties.primaryEndpoints.queue
  AzureWebJobsStorage__tableServiceUri: hostStorage.properties.primaryEndpoints.table
  APPLICATIONINSIGHTS_CONNECTION_STRING: insightsConnectionString
  APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${identities.host.clientId};Authorization=AAD'
}
var identitySettings = {
  SIGNER_CLIENT_ID: identities.signer.clientId
  ROTATOR_CLIENT_ID: identities.rotator.clientId
  PURGER_CLIENT_ID: identities.purger.clientId
}

// An app that must survive the loss of a zone needs an instance in another one before that.
var warmInstances = zoneRedundant ? max(2, alwaysReadyInstances) : alwaysReadyInstances

resource plan 'Microsoft.Web/serverfarms@2024-11-01' = {
  name: planName
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true, zoneRedundant: zoneRedundant }
}

resource app 'Microsoft.Web/sites@2024-11-01' = {
  name: name
  location: location
  tags: union(tags, { 'azd-service-name': 'broker' })
  kind: 'functionapp,linux'
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: {
      '${identities.host.id}': {}
      '${identities.signer.id}': {}
      '${identities.rotator.id}': {}
      '${identities.purger.id}': {}
    }
  }
  properties: {
    serverFarmId: plan.id
    virtualNetworkSubnetId: empty(subnetId) ? null : subnetId
    httpsOnly: true
    // Bicep's types do not know siteUpdateStrategy yet. It is a preview, so the default leaves it unset:
    // https://learn.microsoft.com/azure/azure-functions/flex-consumption-site-updates
    #disable-next-line BCP037
    functionAppConfig: {
      runtime: { name: 'node', version: '24' }
      deployment: {
        storage: {
          type: 'blobContainer'
          value: deploymentContainerUrl
          authentication: {
            type: 'UserAssignedIdentity'
            userAssignedIdentityResourceId: identities.host.id
          }
        }
      }
      ...(siteUpdateStrategy == 'Recreate' ? {} : { siteUpdateStrategy: { type: siteUpdateStrategy } })
      scaleAndConcurrency: {
        instanceMemoryMB: instanceMemoryMB
        maximumInstanceCount: maximumInstances
        alwaysReady: warmInstances == 0 ? [] : [{ name: 'http', instanceCount: warmInstances }]
        ...(httpConcurrency == null ? {} : { triggers: { http: { perInstanceConcurrency: httpConcurrency } } })
      }
    }
    siteConfig: {
      minTlsVersion: '1.2'
      scmMinTlsVersion: '1.2'
      http20Enabled: true
      cors: { allowedOrigins: corsAllowedOrigins, supportCredentials: false }
      appSettings: map(items(union(platformSettings, identitySettings, settings)), setting => {
        name: setting.key
        value: setting.value
      })
    }
  }

  // Publishing passwords would be a second way in, besides Microsoft Entra.
  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }

  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }
}

output url string = 'https://${app.properties.defaultHostName}'
