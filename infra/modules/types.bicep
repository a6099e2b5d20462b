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
