import { describe, expect, test } from 'vitest';
import { flexFaults } from '../../../.ci/bicep/flex-consumption.mjs';

/*
 * .ci/bicep/check runs this on the compiled infra/. Compiling takes too long for a unit test, so these tests run it on small
 * templates, shaped as the compiler shapes them.
 */

interface Parts {
  properties?: object;
  siteConfig?: object;
  appSettings?: unknown;
  variables?: object;
  moduleSettings?: object;
}

/** A subscription's template with one module, which has a Flex Consumption app. */
function templateWith({ properties, siteConfig, appSettings, variables, moduleSettings }: Parts): object {
  const app = {
    type: 'Microsoft.Web/sites',
    properties: {
      functionAppConfig: { runtime: { name: 'node', version: '24' } },
      siteConfig: {
        minTlsVersion: '1.2',
        appSettings: appSettings ?? [{ name: 'BROKER_CONFIG', value: 'broker.json' }],
        ...siteConfig,
      },
      ...properties,
    },
  };
  const module = {
    $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
    variables,
    resources: { plan: { type: 'Microsoft.Web/serverfarms', properties: { reserved: true } }, app },
  };
  const parameters = { settings: { value: { AUDIT_RETENTION: 'P400D', ...moduleSettings } } };
  return {
    $schema: 'https://schema.management.azure.com/schemas/2018-05-01/subscriptionDeploymentTemplate.json#',
    parameters: { lock: { type: 'bool', metadata: { description: 'FUNCTIONS_WORKER_RUNTIME is not set.' } } },
    resources: {
      app: { type: 'Microsoft.Resources/deployments', properties: { parameters, template: module } },
    },
  };
}

describe('the check for Flex Consumption', () => {
  test('passes an app without unsupported members and settings', () => {
    expect(flexFaults(templateWith({}))).toEqual([]);
  });

  test.each<[string, Parts]>([
    ['ftpsState', { siteConfig: { ftpsState: 'Disabled' } }],
    ['alwaysOn', { siteConfig: { alwaysOn: false } }],
    ['LinuxFxVersion', { siteConfig: { LinuxFxVersion: 'NODE|24' } }],
    ['vnetRouteAllEnabled', { properties: { vnetRouteAllEnabled: true } }],
    ['netFrameworkVersion', { properties: { siteConfig: "[createObject('netFrameworkVersion', 'v8.0')]" } }],
    ['functionAppScaleLimit', { variables: { siteConfig: { functionAppScaleLimit: 40 } } }],
  ])('refuses the site property %s, and names the source', (name, parts) => {
    expect(flexFaults(templateWith(parts)).join('\n')).toMatch(
      new RegExp(`The site property ${name} is not supported by Flex Consumption\\. See https://`),
    );
  });

  test.each<[string, Parts]>([
    ['FUNCTIONS_WORKER_RUNTIME', { appSettings: [{ name: 'FUNCTIONS_WORKER_RUNTIME', value: 'node' }] }],
    ['FUNCTIONS_EXTENSION_VERSION', { variables: { more: { FUNCTIONS_EXTENSION_VERSION: '~4' } } }],
    ['WEBSITE_CONTENTSHARE', { appSettings: "[map(items(createObject('WEBSITE_CONTENTSHARE', 'x')))]" }],
    ['website_run_from_package', { moduleSettings: { website_run_from_package: '1' } }],
    ['WEBSITE_TIME_ZONE', { moduleSettings: { WEBSITE_TIME_ZONE: 'UTC' } }],
  ])('refuses the app setting %s, wherever it comes from', (name, parts) => {
    expect(flexFaults(templateWith(parts)).join('\n')).toContain(`The app setting ${name} is not supported by Flex Consumption. See https://`);
  });

  test('fails if there is no Flex Consumption app to check', () => {
    expect(flexFaults({ resources: {} })).toHaveLength(1);
  });
});
