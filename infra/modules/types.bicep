@export()
@description('The signer\'s role on all blobs of one account, in place of those that the grants need. With none, assign roles yourself.')
type signerBlobRole = 'none' | 'reader' | 'contributor' | 'owner'

@export()
@description('The signer\'s role on all queues of one account, in place of those that the grants need. sender adds messages, processor reads and deletes them, and contributor also updates them.')
type signerQueueRole = 'none' | 'reader' | 'sender' | 'processor' | 'contributor'

@export()
@description('The signer\'s role on all file shares of one account, in place of the one that the grants need.')
type signerFileRole = 'none' | 'reader' | 'contributor'

@export()
@description('The members of a grant in broker.json that the deployment reads.')
type delegationGrant = {
  kinds: string[]?
  resources: string[]?
  mode: string?
  @description('A text of letters, or the JSON text of a list.')
  permissions: string
}

@export()
@description('What one resource of a grant allows.')
type delegation = {
  account: string
  service: string
  @description('Empty if the resource has a wildcard or a claim in place of the container.')
  container: string
  permissions: string
}

@export()
@description('A row of data-roles.json: a built-in role, and the permissions that need it or a role that includes it.')
type dataRole = {
  role: string
  id: string
  letters: string[]
  names: string[]
  includedIn: string[]
}

@export()
@description('The roles that the signer needs on one container or queue, or on the whole account if that is empty.')
type signerPlace = {
  container: string
  @description('Ids of built-in roles.')
  roles: string[]
}

@export()
@description('The members of an account in broker.json that the deployment reads. See shared/config/account-schema.ts for all of them.')
type managedAccount = {
  name: string
  resourceId: string
  sasVersion: string
  rotation: object?
}

@export()
type containerRole = {
  container: string
  @description('The id of a built-in role.')
  role: string
}

@export()
type identity = {
  @description('Resource id.')
  id: string
  principalId: string
  clientId: string
}

// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
@export()
@description('Names in place of those that derive from the name of the deployment. The names of the app, the accounts and the vault must be unique in all of Azure.')
type givenNames = {
  @minLength(2)
  @maxLength(60)
  functionApp: string?
  @minLength(1)
  @maxLength(60)
  plan: string?
  @minLength(3)
  @maxLength(24)
  hostStorage: string?
  @minLength(3)
  @maxLength(24)
  records: string?
  @minLength(3)
  @maxLength(24)
  vault: string?
  @minLength(4)
  @maxLength(63)
  workspace: string?
  @minLength(1)
  @maxLength(260)
  insights: string?
  @minLength(3)
  @maxLength(128)
  hostIdentity: string?
  @minLength(3)
  @maxLength(128)
  signerIdentity: string?
  @minLength(3)
  @maxLength(128)
  rotatorIdentity: string?
  @minLength(3)
  @maxLength(128)
  purgerIdentity: string?
  @minLength(2)
  @maxLength(64)
  network: string?
}

@export()
type resourceNames = {
  functionApp: string
  plan: string
  hostStorage: string
  records: string
  vault: string
  workspace: string
  insights: string
  hostIdentity: string
  signerIdentity: string
  rotatorIdentity: string
  purgerIdentity: string
  network: string
}

@export()
@description('The resource ids of the private DNS zones, by what resolves in them.')
type dnsZones = {
  blob: string
  queue: string
  table: string
  vault: string
}

@export()
@description('Where a resource gets a private endpoint.')
type privateNetwork = {
  @description('Resource id of the subnet.')
  endpointSubnetId: string
  @description('Null: a policy outside this template registers the endpoints.')
  zoneIds: dnsZones?
}

@export()
@description('A rule of alert-rules.json. It has either lines of the broker, named by events, or a whole query.')
type alertRule = {
  name: string
  description: string
  severity: int
  @description('The events of the lines. The query goes on with them, parsed as the column "line".')
  events: string[]?
  @description('Lines of text. {insights}, {vault} and {tickMinutes} are replaced.')
  query: string[]
  @description('A numeric column to compare instead of the number of rows.')
  measure: string?
  @description('A text column. Each of its values fires on its own.')
  dimension: string?
  operator: 'GreaterThan' | 'LessThan'
  threshold: int
  window: string
  @description('True if the alert resolves once the condition is no longer met. False for events that stay true.')
  resolves: bool
}
