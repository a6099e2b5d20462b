// Expands infra/ for a sample broker.json and checks which roles the signer gets on the accounts:
//   node .ci/bicep/signer-roles.mjs <bicep>
// "bicep snapshot" evaluates the template as Resource Manager does, without a subscription.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const subscription = '11111111-2222-3333-4444-555555555555';
const dataRoles = JSON.parse(readFileSync('infra/modules/data-roles.json', 'utf8'));
const roleNames = new Map([
  ['db58b8e5-c6ad-4a2a-8342-4190687cbf4a', 'blob delegator'],
  ['7ee386e9-84f0-448e-80a6-f185f6533131', 'queue delegator'],
  ['765a04e0-5de8-4bb2-9bf6-b2a30bc03e91', 'file delegator'],
  ...Object.entries(dataRoles).flatMap(([service, roles]) =>
    roles.map(({ id, role }) => [id, `${service} ${role}`]),
  ),
]);

const grants = [
  { resources: ['media/blob/uploads/${claims.oid}/**'], permissions: ['create', 'write'] },
  // No user delegation SAS: neither of these gives a role.
  { resources: ['media/queue/jobs'], permissions: 'rap', kinds: ['service'] },
  { resources: ['media/blob/reports/**'], permissions: 'racwd', mode: 'report' },
  { resources: ['service/blob/uploads/**'], permissions: 'r', kinds: ['service'] },
  { resources: ['wide/blob/*', 'wide/blob/*/**'], permissions: 'rl' },
  { resources: ['wide/blob/photos/**'], permissions: ['read', 'tags'] },
  { resources: ['wide/blob/${claims.oid}/**'], permissions: 'r' },
  { resources: ['queues/queue/jobs'], permissions: ['read', 'add'] },
  { resources: ['queues/queue/jobs'], permissions: 'p' },
  { resources: ['queues/queue/mail'], permissions: 'raup' },
  // A name gives its letter to its own service only.
  { resources: ['names/blob/photos/**', 'names/queue/jobs'], permissions: ['read', 'process'] },
  { resources: ['old/queue/jobs', 'old/file/docs/**'], permissions: 'r' },
  {
    resources: ['files/file/docs', 'files/file/docs/**'],
    permissions: 'rl',
    kinds: ['user-delegation', 'service'],
  },
  { resources: ['replaced/blob/photos/**', 'replaced/queue/jobs'], permissions: 'r' },
];
const accounts = ['media', 'service', 'wide', 'queues', 'names', 'old', 'files', 'replaced'];
const overrides = {
  signerBlobRoles: "{ replaced: 'none' }",
  signerQueueRoles: "{ replaced: 'contributor', service: 'contributor' }",
};

const expected = [
  'files: file delegator',
  'files: file reader',
  'media/containers/uploads: blob contributor',
  'media: blob delegator',
  'names/containers/photos: blob reader',
  'names/queues/jobs: queue processor',
  'names: blob delegator',
  'names: queue delegator',
  'queues/queues/jobs: queue processor',
  'queues/queues/jobs: queue sender',
  'queues/queues/mail: queue contributor',
  'queues: queue delegator',
  'replaced: blob delegator',
  'replaced: queue contributor',
  'replaced: queue delegator',
  'wide/containers/photos: blob owner',
  'wide: blob delegator',
  'wide: blob reader',
];

const work = mkdtempSync(join(tmpdir(), 'signer-roles-'));
try {
  process.exitCode = check();
} finally {
  rmSync(work, { recursive: true });
}

function check() {
  cpSync('infra', join(work, 'infra'), { recursive: true });
  writeFileSync(join(work, 'broker.json'), JSON.stringify(sampleBroker()));
  const { output, resources } = expand(overrides);
  const found = resources.flatMap(signerRole).sort();
  const differences = [
    ...found.filter((line) => !expected.includes(line)).map((line) => `unexpected role on ${line}`),
    ...expected.filter((line) => !found.includes(line)).map((line) => `missing role on ${line}`),
  ];
  const unknown = expand({ signerFileRoles: "{ medai: 'reader' }" });
  if (!unknown.output.includes('broker.json does not name: medai'))
    differences.push('an override for an unknown account does not stop the deployment');
  if (differences.length > 0) console.error([...differences, output].join('\n'));
  return differences.length === 0 ? 0 : 1;
}

function sampleBroker() {
  const group = `/subscriptions/${subscription}/resourceGroups/data/providers/Microsoft.Storage/storageAccounts`;
  return {
    accounts: accounts.map((name) => ({
      name,
      resourceId: `${group}/${name}`,
      sasVersion: name === 'old' ? '2024-11-04' : '2025-11-05',
    })),
    grants: grants.map((grant, index) => ({ id: `g${index}`, callers: [{ issuer: 'entra' }], ...grant })),
  };
}

/** Returns what Bicep printed, and the resources that a deployment with these parameters would create. */
function expand(parameters) {
  const file = join(work, 'infra/main.bicepparam');
  let text = readFileSync('infra/main.bicepparam', 'utf8');
  for (const [name, value] of Object.entries(parameters))
    text = text.replace(new RegExp(`^param ${name} = .*$`, 'm'), `param ${name} = ${value}`);
  writeFileSync(file, text);
  const snapshot = join(work, 'infra/main.snapshot.json');
  rmSync(snapshot, { force: true });
  const options = ['--mode', 'overwrite', '--subscription-id', subscription, '--location', 'westeurope'];
  const { status, stdout, stderr } = spawnSync(process.argv[2], ['snapshot', file, ...options], {
    encoding: 'utf8',
  });
  const resources = status === 0 ? JSON.parse(readFileSync(snapshot, 'utf8')).predictedResources : [];
  return { output: stdout + stderr, resources };
}

/** Returns `<account>[/containers/<name>]: <role>` for each built-in role on an account of the sample. */
function signerRole({ type, id, properties }) {
  if (type !== 'Microsoft.Authorization/roleAssignments') return [];
  const [, account, , child = ''] =
    /resourceGroups\/data\/providers\/Microsoft\.Storage\/storageAccounts\/(\w+)(\/\w+Services\/default(\/\w+\/[\w-]+))?'/.exec(
      id,
    ) ?? [];
  const role = /roleDefinitions\/([0-9a-f-]{36})/.exec(properties.roleDefinitionId)?.[1];
  return account === undefined ? [] : [`${account}${child}: ${roleNames.get(role) ?? role}`];
}
