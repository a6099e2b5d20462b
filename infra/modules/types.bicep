@export()
@description('The signer\'s role on one account\'s blobs. none: somebody else assigns it, for example on single containers.')
type signerBlobRole = 'none' | 'reader' | 'contributor' | 'owner'

@export()
@description('What the deployment reads of one account in broker.json; shared/config/account-schema.ts has it all.')
type managedAccount = {
  name: string
  resourceId: string
  rotation: object?
}

@export()
type identity = {
  @description('Resource id.')
  id: string
  principalId: string
  clientId: string
}
