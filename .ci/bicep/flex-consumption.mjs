// Finds what a compiled template gives a Flex Consumption app, but this plan does not support.
// Azure answers some of these names with error 51021 and so fails the whole deployment. It ignores others, but only in
// some regions. Neither the Bicep compiler nor ARM's preflight check reports any of them.

// "Flex Consumption plan deprecations", the table of site properties and app settings that must not be set.
const deprecations =
  'https://learn.microsoft.com/azure/azure-functions/functions-app-settings#flex-consumption-plan-deprecations';
// "Considerations": time zones and certificates.
const considerations =
  'https://learn.microsoft.com/azure/azure-functions/flex-consumption-plan#considerations';
// The settings that `az functionapp flex-migration start` leaves out of the new app.
const migration =
  'https://learn.microsoft.com/azure/azure-functions/migration/migrate-plan-consumption-to-flex';
// Error 51021 as reported by users, with the names that Azure listed.
const refused = {
  ftpsState: 'https://github.com/microsoft/azure-pipelines-tasks/issues/21032',
  functionAppScaleLimit: 'https://github.com/Azure/azure-functions-host/issues/10643',
  linuxFxVersion: 'https://github.com/Azure/terraform-azurerm-avm-res-web-site/issues/283',
  preWarmedInstanceCount: 'https://learn.microsoft.com/answers/questions/2277522',
  runtime: 'https://github.com/Azure/terraform-azurerm-avm-res-web-site/pull/345',
  scaleMonitoring: 'https://github.com/Azure/terraform-azurerm-avm-res-web-site/issues/360',
};
// The REST reference: "This setting only applies to the Elastic Plans".
const elastic = 'https://github.com/Azure/terraform-azurerm-avm-res-web-site/issues/353';

/** Members of a site's `properties` and `siteConfig`, with the source that says so. */
const members = {
  alwaysOn: deprecations,
  containerSize: deprecations,
  ftpsState: refused.ftpsState,
  functionAppScaleLimit: refused.functionAppScaleLimit,
  functionsRuntimeScaleMonitoringEnabled: refused.scaleMonitoring,
  isReserved: deprecations,
  isXenon: deprecations,
  javaContainer: refused.runtime,
  javaContainerVersion: refused.runtime,
  javaVersion: deprecations,
  linuxFxVersion: refused.linuxFxVersion,
  minimumElasticInstanceCount: elastic,
  netFrameworkVersion: refused.ftpsState,
  nodeVersion: refused.runtime,
  phpVersion: refused.runtime,
  powerShellVersion: deprecations,
  preWarmedInstanceCount: refused.preWarmedInstanceCount,
  pythonVersion: refused.runtime,
  use32BitWorkerProcess: refused.ftpsState,
  vnetBackupRestoreEnabled: deprecations,
  vnetContentShareEnabled: deprecations,
  vnetImagePullEnabled: deprecations,
  vnetRouteAllEnabled: deprecations,
  windowsFxVersion: deprecations,
};

/** App settings, with the source that says so. */
const appSettings = {
  ENABLE_ORYX_BUILD: deprecations,
  FUNCTIONS_EXTENSION_VERSION: deprecations,
  FUNCTIONS_MAX_HTTP_CONCURRENCY: deprecations,
  FUNCTIONS_WORKER_DYNAMIC_CONCURRENCY_ENABLED: deprecations,
  FUNCTIONS_WORKER_PROCESS_COUNT: deprecations,
  FUNCTIONS_WORKER_RUNTIME: deprecations,
  FUNCTIONS_WORKER_RUNTIME_VERSION: deprecations,
  SCM_DO_BUILD_DURING_DEPLOYMENT: deprecations,
  TZ: considerations,
  WEBSITE_CONTENTAZUREFILECONNECTIONSTRING: deprecations,
  WEBSITE_CONTENTOVERVNET: deprecations,
  WEBSITE_CONTENTSHARE: deprecations,
  WEBSITE_DNS_SERVER: deprecations,
  WEBSITE_LOAD_CERTIFICATES: considerations,
  WEBSITE_MAX_DYNAMIC_APPLICATION_SCALE_OUT: deprecations,
  WEBSITE_MOUNT_ENABLED: migration,
  WEBSITE_NODE_DEFAULT_VERSION: deprecations,
  WEBSITE_RUN_FROM_PACKAGE: deprecations,
  WEBSITE_SKIP_CONTENTSHARE_VALIDATION: deprecations,
  WEBSITE_TIME_ZONE: considerations,
  WEBSITE_USE_PLACEHOLDER_DOTNETISOLATED: migration,
  WEBSITE_VNET_ROUTE_ALL: deprecations,
};

const lowerCaseKeys = (sources) =>
  new Map(Object.entries(sources).map(([name, source]) => [name.toLowerCase(), source]));
// Resource Manager ignores case in the names of members and settings.
const sourceOfMember = lowerCaseKeys(members);
const sourceOfSetting = lowerCaseKeys(appSettings);

/** Returns what a template, or a list of expanded resources, has that Flex Consumption does not support, as lines. */
export function flexFaults(template) {
  const found = { hasFlexApp: false, faults: new Map() };
  visit(template, '$', template, found);
  return found.hasFlexApp
    ? [...found.faults.values()]
    : ['The template contains no Flex Consumption app, so there is nothing to check.'];
}

/**
 * Checks every name below `value`. App settings can come from anywhere, for example from a module's parameter, so their
 * names are refused in the whole document. Names of members are refused in nested templates (`owner`) that have a site.
 */
function visit(value, path, owner, found) {
  if (typeof value === 'string') {
    // In a compiled template, members of objects that an expression builds are quoted names.
    for (const [, name] of value.startsWith('[') ? value.matchAll(/'([\w]+)'/g) : [[null, value]])
      check(name, path, owner, found);
  } else if (typeof value === 'object' && value !== null) {
    if (isSite(value) && value.properties?.functionAppConfig !== undefined) found.hasFlexApp = true;
    const nested = value.$schema !== undefined && value.resources !== undefined ? value : owner;
    for (const [name, member] of Object.entries(value)) {
      // Descriptions may mention anything.
      if (name === 'metadata') continue;
      if (!Array.isArray(value)) check(name, path, nested, found);
      visit(member, `${path}.${name}`, nested, found);
    }
  }
}

function check(name, path, owner, { faults }) {
  const report = (what, source) =>
    faults.set(`${what}${path}`, `${path}: ${what} is not supported by Flex Consumption. See ${source}`);
  const setting = sourceOfSetting.get(name.toLowerCase());
  const member = hasSite(owner) ? sourceOfMember.get(name.toLowerCase()) : undefined;
  if (setting) report(`The app setting ${name}`, setting);
  if (member) report(`The site property ${name}`, member);
}

function hasSite(owner) {
  return Object.values(owner.resources ?? {}).some(isSite);
}

/** Reports whether the resource is a site or a part of one, such as `Microsoft.Web/sites/config`. */
function isSite({ type }) {
  return /^microsoft\.web\/sites\b/i.test(type);
}
