@export()
@description('The signer\'s role on one account\'s blobs. none: somebody else assigns it, for example on single containers.')
type signerBlobRole = 'none' | 'reader' | 'contributor' | 'owner'

@export()
@description('The signer\'s role on one account\'s queues: sender adds, processor reads and deletes, contributor also updates.')
type signerQueueRole = 'none' | 'reader' | 'sender' | 'processor' | 'contributor'

@export()
@description('The signer\'s role on one account\'s file shares.')
type signerFileRole = 'none' | 'reader' | 'contributor'

@export()
@description('What the deployment reads of one grant in broker.json.')
type delegationGrant = {
  kinds: string[]?
  resources: string[]?
  mode: string?
}

@export()
@description('What the deployment reads of one account in broker.json; shared/config/account-schema.ts has it all.')
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
