using 'main.bicep'

// azd supplies the environment; the fallbacks let this file compile without it.
param environmentName = readEnvironmentVariable('AZURE_ENV_NAME', 'broker')
param location = readEnvironmentVariable('AZURE_LOCATION', 'westeurope')

// One line an account that needs more, or less, than contributor:
//   examplearchive: 'reader'
param signerBlobRoles = {}

// Queues and file shares for which a grant gives user delegation SAS: contributor, unless a line here says less.
//   examplemedia: 'sender'
param signerQueueRoles = {}
param signerFileRoles = {}
