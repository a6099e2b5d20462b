import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

/*
 * .ci/bicep/check runs the script on the compiled infra/. Compiling takes too long for a unit test, so these tests run it
 * on small templates, shaped as the compiler shapes them.
 */

const folder = mkdtempSync(join(tmpdir(), 'flex-consumption-'));
afterAll(() => rmSync(folder, { recursive: true }));

function check(template: object): { code: number | null; output: string } {
  const file = join(folder, 'main.json');
  writeFileSync(file, JSON.stringify(template));
  const script = '.ci/bicep/flex-consumption.mjs';
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, file], { encoding: 'utf8' });
  return { code: status, output: stdout + stderr };
}

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
    expect(check(templateWith({}))).toEqual({ code: 0, output: '' });
  });

  test.each<[string, Parts]>([
    ['ftpsState', { siteConfig: { ftpsState: 'Disabled' } }],
    ['alwaysOn', { siteConfig: { alwaysOn: false } }],
    ['LinuxFxVersion', { siteConfig: { LinuxFxVersion: 'NODE|24' } }],
    ['vnetRouteAllEnabled', { properties: { vnetRouteAllEnabled: true } }],
    ['netFrameworkVersion', { properties: { siteConfig: "[createObject('netFrameworkVersion', 'v8.0')]" } }],
    ['functionAppScaleLimit', { variables: { siteConfig: { functionAppScaleLimit: 40 } } }],
  ])('refuses the site property %s, and names the source', (name, parts) => {
    const { code, output } = check(templateWith(parts));
    expect(code).toBe(1);
    expect(output).toMatch(
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
    const { code, output } = check(templateWith(parts));
    expect(code).toBe(1);
    expect(output).toContain(`The app setting ${name} is not supported by Flex Consumption. See https://`);
  });

  test('fails if there is no Flex Consumption app to check', () => {
    expect(check({ resources: {} })).toMatchObject({ code: 1 });
  });
});
