using 'main.bicep'

// azd sets these variables. The fallbacks let this file compile without azd.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'broker')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

// One line per account that needs more or less than contributor:
//   examplearchive: 'reader'
param signerBlobRoles = {}

// If a grant allows user delegation SAS for an account's queues or file shares, the signer is their contributor unless a
// line here gives it a lesser role:
//   examplemedia: 'sender'
param signerQueueRoles = {}
param signerFileRoles = {}

// For one deployment after removing the broker: azd env set RECOVER_VAULT true
param recoverVault = bool(readEnvironmentVariable('RECOVER_VAULT', 'false'))
