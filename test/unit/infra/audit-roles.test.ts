import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

/* .ci/bicep/check compiles infra/. These tests read who may do what with audit rows. */

const modules = new Map(
  readdirSync('infra/modules').map((file) => [file, readFileSync(join('infra/modules', file), 'utf8')]),
);
const textOf = (file: string): string => modules.get(file) ?? '';
const ENTITIES = 'Microsoft.Storage/storageAccounts/tableServices/tables/entities';

/** Returns the text of a resource, from its declaration to the brace that ends it. */
function resource(file: string, name: string): string {
  return new RegExp(`^resource ${name} '.*?^}`, 'ms').exec(textOf(file))?.[0] ?? '';
}

function actionsOf(role: string): string[] {
  return [...resource('custom-roles.bicep', role).matchAll(/'(Microsoft\.Storage\/.*)'/g)].map(
    ([, action = '']) => action,
  );
}

/** Returns every role assignment of a principal, as `<module> <name>`. */
function assignmentsOf(principal: string): string[] {
  return [...modules].flatMap(([file, text]) =>
    [...text.matchAll(/^resource (\w+) 'Microsoft\.Authorization\/roleAssignments@/gm)].flatMap(
      ([, name = '']) =>
        resource(file, name).includes(`principalId: ${principal}\n`) ? [`${file} ${name}`] : [],
    ),
  );
}

describe('the roles on the audit table', () => {
  test('the signer’s may read and add rows, and the purger’s may read and delete them', () => {
    expect(actionsOf('auditWriter')).toEqual([`${ENTITIES}/read`, `${ENTITIES}/add/action`]);
    expect(actionsOf('auditPurger')).toEqual([`${ENTITIES}/read`, `${ENTITIES}/delete`]);
  });

  test('the purger has a role on the two tables only, and only if rows are deleted at all', () => {
    expect(assignmentsOf('purgerPrincipalId')).toEqual([
      'records.bicep purgerDeletes',
      'records.bicep purgerReadsState',
    ]);
    const deletes = resource('records.bicep', 'purgerDeletes');
    expect(deletes).toContain('= if (deleteOldRows) {');
    expect(deletes).toContain('scope: account::tables::audit\n');
    expect(deletes).toContain("'Microsoft.Authorization/roleDefinitions', auditPurgerRole)");
    const reads = resource('records.bicep', 'purgerReadsState');
    expect(reads).toContain('= if (deleteOldRows) {');
    expect(reads).toContain('scope: account::tables::state\n');
    // Storage Table Data Reader: https://learn.microsoft.com/azure/role-based-access-control/built-in-roles/storage
    expect(reads).toContain("'Microsoft.Authorization/roleDefinitions', tableDataReader)");
    expect(textOf('records.bicep')).toContain(
      "var tableDataReader = '76199698-9eea-4c19-bc75-cec21354c6b6'",
    );
  });

  test('the signer may change the entities of the state table, but not the table', () => {
    expect(actionsOf('stateKeeper')).toEqual(
      ['read', 'write', 'delete', 'add/action', 'update/action'].map((action) => `${ENTITIES}/${action}`),
    );
    const keeps = resource('records.bicep', 'signerKeepsState');
    expect(keeps).toContain('scope: account::tables::state\n');
    expect(keeps).toContain("'Microsoft.Authorization/roleDefinitions', stateKeeperRole)");
    expect(assignmentsOf('signerPrincipalId').filter((name) => name.startsWith('records'))).toEqual([
      'records.bicep signerAppends',
      'records.bicep signerKeepsState',
    ]);
  });

  test('the app runs with the purger’s identity and knows its client id', () => {
    const app = textOf('function-app.bicep');
    expect(app).toContain("'${identities.purger.id}': {}");
    expect(app).toContain('PURGER_CLIENT_ID: identities.purger.clientId');
    expect(readFileSync('infra/main.bicep', 'utf8')).toContain('PURGE_SCHEDULE: purgeSchedule');
  });
});
