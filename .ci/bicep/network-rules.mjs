// What must hold for networks and endpoints of an expanded deployment, with and without a virtual network.
import { mismatches, ofType } from './resources.mjs';

/** Returns the faults of a deployment without a network. */
export function publicFaults(resources) {
  return [
    ...closable(resources).flatMap(({ id, properties }) =>
      mismatches(id, properties, { publicNetworkAccess: 'Enabled', 'networkAcls.defaultAction': 'Allow' }),
    ),
    ...ofType(resources, 'Microsoft.Web/sites')
      .filter(({ properties }) => properties.virtualNetworkSubnetId !== null)
      .map(({ id }) => `${id} joins a network`),
    ...resources
      .filter(({ type }) => type.startsWith('Microsoft.Network/'))
      .map(({ id }) => `${id} is not needed without a network`),
  ];
}

/** Returns the faults of a deployment with a network. `host` is the container of the host storage. */
export function privateFaults(resources, host) {
  const endpoints = ofType(resources, 'Microsoft.Network/privateEndpoints').map(({ properties }) => {
    const [connection] = properties.privateLinkServiceConnections;
    return `${connection.properties.privateLinkServiceId} ${connection.properties.groupIds}`;
  });
  const endpointSubnets = new Set(
    ofType(resources, 'Microsoft.Network/privateEndpoints').map(({ properties }) => properties.subnet.id),
  );
  const [{ properties: app }] = ofType(resources, 'Microsoft.Web/sites');
  return [
    ...closable(resources).flatMap(({ id, type, properties }) => [
      ...mismatches(id, properties, {
        publicNetworkAccess: 'Disabled',
        'networkAcls.defaultAction': 'Deny',
        'networkAcls.bypass': 'None',
      }),
      ...servicesOf(id, type, host)
        .filter((service) => !endpoints.includes(`${id} ${service}`))
        .map((service) => `${id} has no private endpoint for ${service}`),
    ]),
    ...(app.virtualNetworkSubnetId === null ? ['the app does not join the network'] : []),
    ...(endpointSubnets.has(app.virtualNetworkSubnetId) ? ['the app and the endpoints share a subnet'] : []),
    ...ofType(resources, 'Microsoft.Network/virtualNetworks').flatMap((network) =>
      subnetFaults(network, app),
    ),
  ];
}

/** Flex Consumption: https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#considerations */
function subnetFaults({ id, properties }, app) {
  const subnet = properties.subnets.find(
    ({ name }) => app.virtualNetworkSubnetId === `${id}/subnets/${name}`,
  );
  if (subnet === undefined) return [`${id} has no subnet ${app.virtualNetworkSubnetId}`];
  const services = (subnet.properties.delegations ?? []).map(
    (delegation) => delegation.properties.serviceName,
  );
  const [, bits] = subnet.properties.addressPrefix.split('/');
  return [
    ...(services.join() === 'Microsoft.App/environments'
      ? []
      : ['the subnet of the app has the wrong delegation']),
    ...(subnet.name.includes('_') ? ['the name of the subnet of the app has an underscore'] : []),
    ...(Number(bits) <= 27 ? [] : ['the subnet of the app is smaller than /27']),
  ];
}

function servicesOf(id, type, host) {
  if (type === 'Microsoft.KeyVault/vaults') return ['vault'];
  return host.id.startsWith(`${id}/`) ? ['blob', 'queue', 'table'] : ['table'];
}

function closable(resources) {
  return [
    ...ofType(resources, 'Microsoft.Storage/storageAccounts'),
    ...ofType(resources, 'Microsoft.KeyVault/vaults'),
  ];
}
