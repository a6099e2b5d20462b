// What must hold for the resources that a deployment would create, whatever broker.json and the parameters say.
import { flexFaults } from './flex-consumption.mjs';
import { privateFaults, publicFaults } from './network-rules.mjs';
import { mismatches, ofType } from './resources.mjs';

// https://learn.microsoft.com/azure/azure-resource-manager/management/resource-name-rules
const nameRules = {
  'Microsoft.Authorization/locks': /^[\w.-]{1,90}$/,
  'Microsoft.Insights/components': /^[^%&?/]{1,260}(?<![. ])$/,
  'Microsoft.Insights/scheduledQueryRules': /^[^*<>%{}&:\\?/#|]{1,260}(?<![. ])$/,
  // Workbooks are named by a GUID.
  'Microsoft.Insights/workbooks': /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  'Microsoft.KeyVault/vaults': /^(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]$/,
  'Microsoft.ManagedIdentity/userAssignedIdentities': /^[a-zA-Z0-9][\w-]{2,127}$/,
  'Microsoft.Network/networkSecurityGroups': /^[a-zA-Z0-9][\w.-]{0,78}\w$/,
  'Microsoft.Network/privateEndpoints': /^[a-zA-Z0-9][\w.-]{0,62}\w$/,
  'Microsoft.Network/virtualNetworks': /^[a-zA-Z0-9][\w.-]{0,62}\w$/,
  'Microsoft.OperationalInsights/workspaces': /^[a-zA-Z0-9][a-zA-Z0-9-]{2,61}[a-zA-Z0-9]$/,
  'Microsoft.Resources/resourceGroups': /^[\w().-]{0,89}[\w()-]$/,
  'Microsoft.Storage/storageAccounts': /^[a-z0-9]{3,24}$/,
  'Microsoft.Web/serverfarms': /^[a-zA-Z0-9-]{1,60}$/,
  'Microsoft.Web/sites': /^[a-zA-Z0-9][a-zA-Z0-9-]{0,58}[a-zA-Z0-9]$/,
};
/** Parts of other resources: they have no tags. */
const untagged =
  /^Microsoft\.(Authorization|Resources\/deployments)|^Microsoft\.Insights\/diagnosticSettings$/;

/** Returns every fault of the resources, as lines. */
export function faultsOf(resources, { group, tags, isPrivate, isZoneRedundant }) {
  const host = resources.find(
    ({ type, name }) => type.endsWith('/containers') && name.endsWith('/deployment'),
  );
  return [
    ...nameFaults(resources),
    ...placeFaults(resources, group),
    ...tagFaults(resources, tags),
    ...flexFaults({ $schema: '', resources }),
    ...resources.flatMap((resource) => secretFaults(resource)),
    ...(isPrivate ? privateFaults(resources, host) : publicFaults(resources)),
    ...(isZoneRedundant ? zoneFaults(resources, host) : []),
  ];
}

function nameFaults(resources) {
  const ids = resources.map(({ id }) => id.toLowerCase());
  return resources.flatMap(({ id, name, type }, index) => [
    ...(ids.indexOf(ids[index]) < index ? [`two resources have the id ${id}`] : []),
    ...(isTopLevel(type) && type in nameRules && !nameRules[type].test(name)
      ? [`${type} cannot have the name ${name}`]
      : []),
    ...(isTopLevel(type) && !(type in nameRules) && !isNamedByAzure(type)
      ? [`no rule for names of ${type}`]
      : []),
  ]);
}

function isNamedByAzure(type) {
  return untagged.test(type) || type === 'Microsoft.Network/privateDnsZones';
}

function isTopLevel(type) {
  return type.split('/').length === 2;
}

/** Everything is in the broker's group, except for roles. */
function placeFaults(resources, group) {
  return resources.flatMap(({ id, type }) =>
    type.startsWith('Microsoft.Authorization/role') ||
    id.replace(/^\[\w+\(/, '').includes(group) ||
    // The name of a zone contains a suffix that only Azure knows, so the id is an expression.
    id.includes(`'${group.split('/').at(-1)}', 'Microsoft.Network/privateDnsZones`)
      ? []
      : [`${id} is outside the group of the broker`],
  );
}

function tagFaults(resources, tags) {
  return resources
    .filter(({ type }) => (isTopLevel(type) && !untagged.test(type)) || type.endsWith('/virtualNetworkLinks'))
    .flatMap((resource) =>
      Object.entries(tags).flatMap(([name, value]) =>
        resource.tags?.[name] === value ? [] : [`${resource.id} lacks the tag ${name}`],
      ),
    );
}

function secretFaults({ id, type, properties = {} }) {
  const wanted = {
    'Microsoft.Storage/storageAccounts': {
      allowSharedKeyAccess: false,
      allowBlobPublicAccess: false,
      minimumTlsVersion: 'TLS1_2',
      supportsHttpsTrafficOnly: true,
    },
    'Microsoft.KeyVault/vaults': { enableRbacAuthorization: true, enablePurgeProtection: true },
    'Microsoft.Insights/components': { DisableLocalAuth: true },
    'Microsoft.Web/sites': { httpsOnly: true },
    'Microsoft.Web/sites/basicPublishingCredentialsPolicies': { allow: false },
  }[type];
  return mismatches(id, properties, wanted ?? {});
}

function zoneFaults(resources, host) {
  const [plan] = ofType(resources, 'Microsoft.Web/serverfarms');
  const [app] = ofType(resources, 'Microsoft.Web/sites');
  const { alwaysReady } = app.properties.functionAppConfig.scaleAndConcurrency;
  const storage = ofType(resources, 'Microsoft.Storage/storageAccounts').find(({ id }) =>
    host.id.startsWith(`${id}/`),
  );
  return [
    ...mismatches(plan.id, plan.properties, { zoneRedundant: true }),
    ...(storage.sku.name === 'Standard_ZRS' ? [] : [`${storage.id} is not zone-redundant`]),
    ...(alwaysReady.find(({ name }) => name === 'http')?.instanceCount >= 2
      ? []
      : ['fewer than two instances are kept warm']),
  ];
}
