// Expands infra/ for a sample broker.json and checks which roles the signer gets on the accounts.
import { SUBSCRIPTION } from './compiler.mjs';
import { rolesOf } from './roles.mjs';
import { copyOfInfra } from './sample.mjs';

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
  'media/blob/uploads: blob contributor',
  'media: blob delegator',
  'names/blob/photos: blob reader',
  'names/queue/jobs: queue processor',
  'names: blob delegator',
  'names: queue delegator',
  'queues/queue/jobs: queue processor',
  'queues/queue/jobs: queue sender',
  'queues/queue/mail: queue contributor',
  'queues: queue delegator',
  'replaced: blob delegator',
  'replaced: queue contributor',
  'replaced: queue delegator',
  'wide/blob/photos: blob owner',
  'wide: blob delegator',
  'wide: blob reader',
];

/** Returns what is wrong with the signer's roles, as lines. */
export async function signerRoleFaults(compiler) {
  const infra = copyOfInfra(compiler, sampleBroker());
  try {
    const resources = await infra.expand(overrides);
    const found = signerRoles(resources);
    const unknown = { ...overrides, signerFileRoles: "{ medai: 'reader' }" };
    const refusal = await infra.expand(unknown).catch(({ message }) => message);
    return [
      ...found.filter((line) => !expected.includes(line)).map((line) => `unexpected role on ${line}`),
      ...expected.filter((line) => !found.includes(line)).map((line) => `missing role on ${line}`),
      ...(String(refusal).includes('broker.json does not name: medai')
        ? []
        : ['an override for an unknown account does not stop the deployment']),
    ];
  } finally {
    infra.remove();
  }
}

function sampleBroker() {
  const group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/data/providers/Microsoft.Storage/storageAccounts`;
  return {
    accounts: accounts.map((name) => ({
      name,
      resourceId: `${group}/${name}`,
      sasVersion: name === 'old' ? '2024-11-04' : '2025-11-05',
    })),
    grants: grants.map((grant, index) => ({ id: `g${index}`, callers: [{ issuer: 'entra' }], ...grant })),
  };
}

/** Returns `<account>[/<service>/<container>]: <role>` for each role of the signer on an account of the sample. */
function signerRoles(resources) {
  const onAccount = new RegExp(`^${SUBSCRIPTION.slice(0, 8)}/data/(.*): signer (.*)$`);
  return rolesOf(resources).flatMap((line) => {
    const [, scope, role] = onAccount.exec(line) ?? [];
    return role === undefined ? [] : [`${scope}: ${role}`];
  });
}
