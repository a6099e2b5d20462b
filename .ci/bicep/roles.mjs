// Reads the role assignments of an expanded deployment.
import { readFileSync } from 'node:fs';
import { SUBSCRIPTION } from './compiler.mjs';

const dataRoles = JSON.parse(readFileSync('infra/modules/data-roles.json', 'utf8'));
// https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
const builtIn = new Map([
  ['db58b8e5-c6ad-4a2a-8342-4190687cbf4a', 'blob delegator'],
  ['7ee386e9-84f0-448e-80a6-f185f6533131', 'queue delegator'],
  ['765a04e0-5de8-4bb2-9bf6-b2a30bc03e91', 'file delegator'],
  ['3913510d-42f4-4e42-8a64-420c390055eb', 'metrics publisher'],
  ['0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3', 'table contributor'],
  ['76199698-9eea-4c19-bc75-cec21354c6b6', 'table reader'],
  ['4633458b-17de-408a-b874-0445c86b69e6', 'secrets user'],
  ['b86a8fe4-44ce-4948-aee5-eccb2c155cd7', 'secrets officer'],
  ...Object.entries(dataRoles).flatMap(([service, roles]) =>
    roles.map(({ id, role }) => [id, `${service} ${role}`]),
  ),
]);

/** Returns `<scope>: <identity> <role>` for each role assignment. The scope begins with its resource group. */
export function rolesOf(resources) {
  return resources
    .filter(({ type }) => type === 'Microsoft.Authorization/roleAssignments')
    .map(({ id, properties }) => `${scopeOf(id)}: ${identityOf(properties)} ${roleOf(properties)}`)
    .sort();
}

/** Returns where the role assignments differ from those of every broker and of this variant, as lines. */
export function roleFaults(
  resources,
  { broker: { accounts }, roles, subscriptions = [SUBSCRIPTION] },
  groupName,
) {
  const nameOf = (type, isWanted = () => true) =>
    resources.find((resource) => resource.type === type && isWanted(resource)).name;
  const host = nameOf('Microsoft.Storage/storageAccounts/blobServices/containers').split('/')[0];
  const records = nameOf('Microsoft.Storage/storageAccounts/tableServices').split('/')[0];
  const at = (name) => `${SUBSCRIPTION.slice(0, 8)}/${groupName}/${name}`;
  const vault = at(nameOf('Microsoft.KeyVault/vaults'));
  const expected = [
    `${at(nameOf('Microsoft.Insights/components'))}: host metrics publisher`,
    `${at(host)}: host blob owner`,
    `${at(host)}: host table contributor`,
    `${at(records)}/table/BrokerAudit: signer auditWriter`,
    `${at(records)}/table/BrokerAudit: purger auditPurger`,
    `${at(records)}/table/BrokerState: signer stateKeeper`,
    `${at(records)}/table/BrokerState: purger table reader`,
    `${vault}: signer secrets user`,
    ...(accounts.some(({ rotation }) => rotation) ? [`${vault}: rotator secrets officer`] : []),
    ...roles,
  ];
  const found = rolesOf(resources);
  const rotator = resources.find(({ properties }) => properties?.roleName?.startsWith('Broker key rotator'));
  const scopes = rotator.properties.assignableScopes.map((scope) => scope.split('/')[2]);
  return [
    ...found.filter((line) => !expected.includes(line)).map((line) => `unexpected role on ${line}`),
    ...expected.filter((line) => !found.includes(line)).map((line) => `missing role on ${line}`),
    ...(scopes.join() === subscriptions.join() ? [] : [`the rotator's role can be assigned in ${scopes}`]),
  ];
}

/** Returns the id without the names of providers and their types. */
function scopeOf(id) {
  const [, scope] = /^\[extensionResourceId\('([^']*)'/.exec(id);
  return scope
    .replace(
      /^\/subscriptions\/([^/]*)\/resourceGroups\//,
      (_, subscription) => `${subscription.slice(0, 8)}/`,
    )
    .replace(/\/providers\/Microsoft\.\w+\/\w+/, '')
    .replace(/\/(\w+)Services\/default\/\w+/, '/$1');
}

function identityOf({ principalId }) {
  return /outputs\.(\w+)\.value\.principalId/.exec(principalId)?.[1] ?? principalId;
}

function roleOf({ roleDefinitionId }) {
  const [, own] = /outputs\.(\w+)Role\.value/.exec(roleDefinitionId) ?? [];
  const [, id] = /roleDefinitions\/([0-9a-f-]{36})$/.exec(roleDefinitionId) ?? [];
  return own ?? builtIn.get(id) ?? roleDefinitionId;
}
