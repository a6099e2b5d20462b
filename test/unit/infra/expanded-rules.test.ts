import { describe, expect, test } from 'vitest';
import { type ExpandedResource, faultsOf } from '../../../.ci/bicep/expanded-rules.mjs';

/*
 * .ci/bicep/check applies these rules to the expanded infra/. Expanding takes too long for a unit test, so these tests
 * break one rule after the other in a small deployment.
 */

const group = '/subscriptions/1/resourceGroups/rg-broker';
const tags = { team: 'storage' };
const endpointSubnet = `${group}/providers/Microsoft.Network/virtualNetworks/vnet-1/subnets/endpoints`;

/** Resources by a key of the test. */
type Deployment = Record<string, ExpandedResource>;

function resource(type: string, name: string, members: Partial<ExpandedResource>): ExpandedResource {
  const [provider, ...types] = type.split('/');
  const path = types.map((part, index) => `${part}/${name.split('/')[index]}`).join('/');
  return { id: `${group}/providers/${provider}/${path}`, type, name, tags, ...members };
}

function storage(name: string, isPrivate: boolean): ExpandedResource {
  const properties = {
    allowSharedKeyAccess: false,
    allowBlobPublicAccess: false,
    minimumTlsVersion: 'TLS1_2',
    supportsHttpsTrafficOnly: true,
    ...access(isPrivate),
  };
  return resource('Microsoft.Storage/storageAccounts', name, { sku: { name: 'Standard_ZRS' }, properties });
}

function access(isPrivate: boolean) {
  return {
    publicNetworkAccess: isPrivate ? 'Disabled' : 'Enabled',
    networkAcls: { bypass: 'None', defaultAction: isPrivate ? 'Deny' : 'Allow' },
  };
}

function endpoint(target: ExpandedResource, service: string): ExpandedResource {
  return resource('Microsoft.Network/privateEndpoints', `pe-${target.name}-${service}`, {
    properties: {
      subnet: { id: endpointSubnet },
      privateLinkServiceConnections: [
        { properties: { privateLinkServiceId: target.id, groupIds: [service] } },
      ],
    },
  });
}

function deployment(isPrivate: boolean): Deployment {
  const host = storage('sthost1', isPrivate);
  const records = storage('strec1', isPrivate);
  const vault = resource('Microsoft.KeyVault/vaults', 'kv-1', {
    properties: { enableRbacAuthorization: true, enablePurgeProtection: true, ...access(isPrivate) },
  });
  const subnet = endpointSubnet.replace('endpoints', 'app');
  const common = {
    host,
    records,
    vault,
    package: resource('Microsoft.Storage/storageAccounts/blobServices/containers', 'sthost1/default/deployment', {}),
    plan: resource('Microsoft.Web/serverfarms', 'plan-1', { properties: { zoneRedundant: true } }),
    app: resource('Microsoft.Web/sites', 'func-1', {
      properties: {
        httpsOnly: true,
        virtualNetworkSubnetId: isPrivate ? subnet : null,
        functionAppConfig: { scaleAndConcurrency: { alwaysReady: [{ name: 'http', instanceCount: 2 }] } },
      },
    }),
  };
  if (!isPrivate) return common;
  return {
    ...common,
    network: resource('Microsoft.Network/virtualNetworks', 'vnet-1', {
      properties: {
        subnets: [
          {
            name: 'app',
            properties: {
              addressPrefix: '10.0.0.0/27',
              delegations: [{ properties: { serviceName: 'Microsoft.App/environments' } }],
            },
          },
        ],
      },
    }),
    hostBlob: endpoint(host, 'blob'),
    hostQueue: endpoint(host, 'queue'),
    hostTable: endpoint(host, 'table'),
    recordsTable: endpoint(records, 'table'),
    vaultEndpoint: endpoint(vault, 'vault'),
  };
}

function faults(resources: Deployment, isPrivate: boolean): string[] {
  return faultsOf(Object.values(resources), { group, tags, isPrivate, isZoneRedundant: true });
}

/** Returns the deployment with text in one resource replaced. */
function mutated(all: Deployment, key: string, from: string | RegExp, to: string): Deployment {
  const text = JSON.stringify(all[key]);
  expect(text).toMatch(from);
  return { ...all, [key]: JSON.parse(text.replace(from, to)) as ExpandedResource };
}

describe('a deployment that follows the rules', () => {
  test.each([true, false])('has no fault (private: %s)', (isPrivate) => {
    expect(faults(deployment(isPrivate), isPrivate)).toEqual([]);
  });
});

describe('the rules for an expanded deployment', () => {
  test.each<[fault: string, key: string, from: string | RegExp, to: string]>([
    ['two resources have the id', 'records', /strec1/g, 'sthost1'],
    ['cannot have the name sthost-1', 'host', '"sthost1"', '"sthost-1"'],
    ['cannot have the name kv--1', 'vault', '"kv-1"', '"kv--1"'],
    ['no rule for names of Microsoft.New/things', 'vault', '"Microsoft.KeyVault/vaults"', '"Microsoft.New/things"'],
    ['is outside the group of the broker', 'vault', 'rg-broker', 'rg-other'],
    ['lacks the tag team', 'app', '"team":"storage"', '"team":"other"'],
    ['The site property alwaysOn is not supported', 'app', '"httpsOnly"', '"alwaysOn":false,"httpsOnly"'],
    ['allowSharedKeyAccess is true', 'records', '"allowSharedKeyAccess":false', '"allowSharedKeyAccess":true'],
    ['enablePurgeProtection is undefined', 'vault', '"enablePurgeProtection":true,', ''],
    ['zoneRedundant is false', 'plan', 'true', 'false'],
    ['is not zone-redundant', 'host', 'Standard_ZRS', 'Standard_LRS'],
    ['fewer than two instances', 'app', '"instanceCount":2', '"instanceCount":1'],
  ])('report "%s"', (fault, ...mutation) => {
    expect(faults(mutated(deployment(false), ...mutation), false).join('\n')).toContain(fault);
  });

  test.each<[fault: string, key: string, from: string | RegExp, to: string]>([
    ['publicNetworkAccess is Enabled', 'records', 'Disabled', 'Enabled'],
    ['networkAcls.defaultAction is Allow', 'vault', 'Deny', 'Allow'],
    ['sthost1 has no private endpoint for queue', 'hostQueue', '["queue"]', '["blob"]'],
    ['vaults/kv-1 has no private endpoint for vault', 'vaultEndpoint', 'vaults/kv-1"', 'vaults/kv-2"'],
    ['the app does not join the network', 'app', /"virtualNetworkSubnetId":"[^"]*"/, '"virtualNetworkSubnetId":null'],
    ['share a subnet', 'app', 'subnets/app', 'subnets/endpoints'],
    ['wrong delegation', 'network', 'Microsoft.App/environments', 'Microsoft.Web/serverFarms'],
    ['smaller than /27', 'network', '/27', '/28'],
    ['has no subnet', 'network', '"name":"app"', '"name":"apps"'],
  ])('report "%s" with a network', (fault, ...mutation) => {
    expect(faults(mutated(deployment(true), ...mutation), true).join('\n')).toContain(fault);
  });

  test('report parts of a network without one', () => {
    expect(faults(deployment(true), false).join('\n')).toMatch(
      /func-1 joins a network\n[^]*vnet-1 is not needed without a network/,
    );
  });
});
