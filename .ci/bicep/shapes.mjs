// The shapes of a deployment: parameters, and what must come of them besides the rules for all.
import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { alertFaults } from './alert-rules.mjs';

const everyOption = {
  zoneRedundant: 'true',
  instanceMemoryMB: '4096',
  httpConcurrency: '50',
  siteUpdateStrategy: "'RollingUpdate'",
  tags: "{ team: 'storage' }",
  actionGroupIds: "['/subscriptions/1/resourceGroups/ops/providers/Microsoft.Insights/actionGroups/on-call']",
  alertThresholds: '{ denials: 1000 }',
  alertTickMinutes: '60',
};
/** The example of docs/deploy.md. */
export const landingZone = parametersOf(
  /^```bicep\n(param vnetEnabled[^]*?)^```/m.exec(readFileSync('docs/deploy.md', 'utf8'))[1],
);

/** Parameters, and what they lead to. */
const shapes = {
  public: { parameters: {}, expected: { more: defaultFaults } },
  private: {
    parameters: { vnetEnabled: 'true', ...everyOption },
    expected: {
      isPrivate: true,
      isZoneRedundant: true,
      tags: { team: 'storage' },
      more: everyOptionFaults,
    },
  },
};
const landingZones = {
  'another subscription': {
    parameters: landingZone,
    expected: {
      isPrivate: true,
      groupName: 'spoke-broker',
      tags: { costCenter: '4711' },
      more: landingZoneFaults,
    },
  },
  'queue only': {
    parameters: { ...landingZone, privateDnsZoneIds: 'null', privateDnsByPolicy: 'true' },
    expected: {
      isPrivate: true,
      groupName: 'spoke-broker',
      tags: { costCenter: '4711' },
      more: dnsByPolicyFaults,
    },
  },
};

/** Returns the shapes in which a variant is expanded: public and private, and some of them in a landing zone. */
export function shapesOf(variant) {
  return variant in landingZones ? { ...shapes, 'landing zone': landingZones[variant] } : shapes;
}

/** Without options, the app's configuration has nothing that Flex Consumption does not need. */
function defaultFaults(resources) {
  const { siteUpdateStrategy, scaleAndConcurrency } = configOf(resources);
  const alerts = resources.filter(({ type }) => type === 'Microsoft.Insights/scheduledQueryRules');
  return [
    ...(alerts.length === 0 ? [] : ['an alert rule notifies nobody']),
    ...differences(
      'the default configuration of the app',
      [siteUpdateStrategy, scaleAndConcurrency],
      [undefined, { instanceMemoryMB: 2048, maximumInstanceCount: 40, alwaysReady: [] }],
    ),
  ];
}

function everyOptionFaults(resources) {
  const { siteUpdateStrategy, scaleAndConcurrency } = configOf(resources);
  return [
    ...differences(
      'the configuration of the app',
      [siteUpdateStrategy, scaleAndConcurrency],
      [
        { type: 'RollingUpdate' },
        {
          instanceMemoryMB: 4096,
          maximumInstanceCount: 40,
          alwaysReady: [{ name: 'http', instanceCount: 2 }],
          triggers: { http: { perInstanceConcurrency: 50 } },
        },
      ],
    ),
    ...alertFaults(resources),
    ...countFaults(resources, {
      virtualNetworks: 1,
      privateDnsZones: 4,
      'privateDnsZones/virtualNetworkLinks': 4,
      privateEndpoints: 5,
      'privateEndpoints/privateDnsZoneGroups': 5,
    }),
  ];
}

function configOf(resources) {
  return resources.find(({ type }) => type === 'Microsoft.Web/sites').properties.functionAppConfig;
}

function differences(what, found, expected) {
  return isDeepStrictEqual(found, expected) ? [] : [`${what} is ${JSON.stringify(found)}`];
}

function dnsByPolicyFaults(resources) {
  return countFaults(resources, {
    privateDnsZones: 0,
    'privateEndpoints/privateDnsZoneGroups': 0,
    virtualNetworks: 0,
    privateEndpoints: 5,
  });
}

function landingZoneFaults(resources) {
  const app = resources.find(({ type }) => type === 'Microsoft.Web/sites');
  const insights = resources.find(({ type }) => type === 'Microsoft.Insights/components');
  const registrations = resources
    .filter(({ type }) => type.endsWith('/privateDnsZoneGroups'))
    .map(({ properties }) => properties.privateDnsZoneConfigs[0].properties.privateDnsZoneId);
  return [
    ...countFaults(resources, {
      virtualNetworks: 0,
      privateDnsZones: 0,
      networkSecurityGroups: 0,
      privateEndpoints: 5,
    }),
    ...(app.name === 'contoso-broker' ? [] : ['the app does not have the given name']),
    ...(app.properties.virtualNetworkSubnetId.endsWith('/spoke/subnets/flex')
      ? []
      : ['the app does not join the given subnet']),
    ...(insights.properties.WorkspaceResourceId.endsWith('/workspaces/central')
      ? []
      : ['the given workspace is not used']),
    ...resources
      .filter(
        ({ type }) =>
          type === 'Microsoft.OperationalInsights/workspaces' ||
          type === 'Microsoft.Resources/resourceGroups',
      )
      .map(({ id }) => `${id} exists already`),
    ...(registrations.length === 5 &&
    registrations.every((id) => id.includes('/dns/providers/Microsoft.Network/privateDnsZones/privatelink.'))
      ? []
      : ['the endpoints are not registered in the given zones']),
  ];
}

function countFaults(resources, counts) {
  return Object.entries(counts).flatMap(([type, wanted]) => {
    const found = resources.filter((resource) => resource.type === `Microsoft.Network/${type}`).length;
    return found === wanted ? [] : [`${found} instead of ${wanted} ${type}`];
  });
}

/** Returns the values of parameters, as Bicep expressions. */
function parametersOf(text) {
  return Object.fromEntries(
    text
      .split(/^param /m)
      .slice(1)
      .map((parameter) => parameter.trim().split(/ = ([^]*)/)),
  );
}
