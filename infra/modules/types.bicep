@export()
@description('The signer\'s role on one account\'s blobs. With none, assign roles yourself, for example on single containers.')
type signerBlobRole = 'none' | 'reader' | 'contributor' | 'owner'

@export()
@description('The signer\'s role on one account\'s queues. sender adds messages, processor reads and deletes them, and contributor also updates them.')
type signerQueueRole = 'none' | 'reader' | 'sender' | 'processor' | 'contributor'

@export()
@description('The signer\'s role on one account\'s file shares.')
type signerFileRole = 'none' | 'reader' | 'contributor'

@export()
@description('The members of a grant in broker.json that the deployment reads.')
type delegationGrant = {
  kinds: string[]?
  resources: string[]?
  mode: string?
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
type identity = {
  @description('Resource id.')
  id: string
  principalId: string
  clientId: string
}
