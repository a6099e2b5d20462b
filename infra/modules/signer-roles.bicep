// Derives the signer's data roles from the grants of broker.json that allow user delegation SAS.
import { containerRole, dataRole, delegation, delegationGrant, signerPlace } from 'types.bicep'

@export()
@description('Returns what each resource of the grants allows. A grant without "kinds" allows user delegation SAS. A grant that is not enforced allows nothing.')
func delegationsOf(grants delegationGrant[]) delegation[] =>
  flatten(map(
    filter(
      grants,
      grant =>
        contains(grant.?kinds ?? ['user-delegation'], 'user-delegation') && (grant.?mode ?? 'enforce') == 'enforce'
    ),
    grant =>
      map(grant.?resources ?? [], resource => {
        account: split(resource, '/')[0]
        service: split(resource, '/')[1]
        container: literalName(split(resource, '/')[2])
        permissions: grant.permissions
      })
  ))

@description('Returns the name of a container in lower case, or empty text if it has a wildcard or a claim.')
func literalName(segment string) string => contains(segment, '*') || contains(segment, '\${') ? '' : toLower(segment)

@export()
@description('Returns the least roles for each container that the grants name literally, and those for the whole account. A role that replaces them is for the whole account; none replaces them with nothing.')
func signerPlaces(delegations delegation[], service string, roles dataRole[], replacement string?) signerPlace[] =>
  empty(filter(delegations, item => item.service == service))
    ? []
    : replacement == null
        ? leastRoles(filter(delegations, item => item.service == service), roles)
        : map(filter(roles, role => role.role == replacement), role => { container: '', roles: [role.id] })

func leastRoles(delegations delegation[], roles dataRole[]) signerPlace[] =>
  map(union(map(delegations, item => item.container), []), container => {
    container: container
    roles: withoutIncluded(filter(
      roles,
      role => !empty(filter(delegations, item => item.container == container && needsRole(item.permissions, role)))
    ))
  })

@export()
@description('Returns each pair of a named container and a role on it.')
func rolesOnContainers(places signerPlace[]) containerRole[] =>
  flatten(map(
    filter(places, place => !empty(place.container)),
    place => map(place.roles, role => { container: place.container, role: role })
  ))

@export()
@description('Returns the roles on the whole account.')
func rolesOnAccount(places signerPlace[]) string[] =>
  flatten(map(filter(places, place => empty(place.container)), place => place.roles))

@description('True if the JSON text of permissions, a text of letters or a list, has one of the role\'s.')
func needsRole(permissions string, role dataRole) bool =>
  startsWith(permissions, '[')
    ? !empty(filter(concat(role.letters, role.names), item => contains(permissions, '"${item}"')))
    : !empty(filter(role.letters, letter => contains(permissions, letter)))

@description('Returns the ids of roles that no other one of them includes.')
func withoutIncluded(roles dataRole[]) string[] =>
  map(filter(roles, role => empty(intersection(role.includedIn, map(roles, other => other.role)))), role => role.id)
