// Names the resources. A platform team with naming rules replaces what it must; the rest derives from the token.
import { givenNames, resourceNames } from 'types.bicep'

@export()
@description('Returns the given names, and for the others a prefix with the token, which is 13 letters and digits.')
func namesOf(token string, given givenNames) resourceNames => {
  functionApp: given.?functionApp ?? 'func-${token}'
  plan: given.?plan ?? 'plan-${token}'
  hostStorage: given.?hostStorage ?? 'sthost${token}'
  records: given.?records ?? 'strec${token}'
  vault: given.?vault ?? 'kv-${token}'
  workspace: given.?workspace ?? 'log-${token}'
  insights: given.?insights ?? 'appi-${token}'
  hostIdentity: given.?hostIdentity ?? 'id-host-${token}'
  signerIdentity: given.?signerIdentity ?? 'id-signer-${token}'
  rotatorIdentity: given.?rotatorIdentity ?? 'id-rotator-${token}'
  purgerIdentity: given.?purgerIdentity ?? 'id-purger-${token}'
  network: given.?network ?? 'vnet-${token}'
}

@export()
@description('The names of the private DNS zones: https://learn.microsoft.com/azure/private-link/private-endpoint-dns')
var zoneNames = {
  blob: 'privatelink.blob.${environment().suffixes.storage}'
  queue: 'privatelink.queue.${environment().suffixes.storage}'
  table: 'privatelink.table.${environment().suffixes.storage}'
  vault: 'privatelink.vaultcore.azure.net'
}
