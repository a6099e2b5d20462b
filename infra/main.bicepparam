using 'main.bicep'

// azd sets these variables. The fallbacks let this file compile without azd.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'broker')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

// The signer's roles follow the grants in broker.json. A line here replaces them for one account, for example:
//   examplearchive: 'none'
param signerBlobRoles = {}
param signerQueueRoles = {}
param signerFileRoles = {}

// For one deployment after removing the broker: azd env set RECOVER_VAULT true
param recoverVault = bool(readEnvironmentVariable('RECOVER_VAULT', 'false'))
