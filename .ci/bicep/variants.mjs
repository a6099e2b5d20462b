// Five kinds of broker.json, with the roles that each leads to.
import { SUBSCRIPTION } from './compiler.mjs';

const OTHER = '99999999-8888-7777-6666-555555555555';
const own = SUBSCRIPTION.slice(0, 8);
const other = OTHER.slice(0, 8);

/** @param rotated whether the broker rotates the keys. */
function account(name, rotated, { subscription = SUBSCRIPTION, group = 'data' } = {}) {
  const resourceId = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Storage/storageAccounts/${name}`;
  const keys = { keys: { secretName: `${name}-key` }, rotation: { every: 'P30D', takeOver: true } };
  return { name, resourceId, sasVersion: '2025-11-05', ...(rotated ? keys : {}) };
}

function broker(accounts, resources, permissions = 'r') {
  const grant = { id: 'g', callers: [{ issuer: 'entra' }], resources, permissions };
  return { accounts, grants: resources.length === 0 ? [] : [grant] };
}

const many = Array.from({ length: 30 }, (_, index) => `media${String(index).padStart(2, '0')}`);

/** Each has the roles that it adds to those of every broker, as `rolesOf` returns them. */
export const variants = {
  'none rotated': {
    broker: broker([account('media', false)], ['media/blob/*/**']),
    roles: [`${own}/data/media: signer blob delegator`, `${own}/data/media: signer blob reader`],
  },
  'another subscription': {
    broker: broker(
      [account('media', true), account('archive', true, { subscription: OTHER, group: 'cold' })],
      ['archive/blob/photos/**'],
    ),
    subscriptions: [SUBSCRIPTION, OTHER],
    roles: [
      `${own}/data/media: rotator keyRotator`,
      `${other}/cold/archive: rotator keyRotator`,
      `${other}/cold/archive: signer blob delegator`,
      `${other}/cold/archive/blob/photos: signer blob reader`,
    ],
  },
  'thirty accounts': {
    broker: broker(
      many.map((name) => account(name, true)),
      many.map((name) => `${name}/blob/uploads/**`),
      'cw',
    ),
    roles: many.flatMap((name) => [
      `${own}/data/${name}: rotator keyRotator`,
      `${own}/data/${name}: signer blob delegator`,
      `${own}/data/${name}/blob/uploads: signer blob contributor`,
    ]),
  },
  'queue only': {
    broker: broker([account('jobs', true)], ['jobs/queue/mail'], 'ra'),
    roles: [
      `${own}/data/jobs: rotator keyRotator`,
      `${own}/data/jobs: signer queue delegator`,
      `${own}/data/jobs/queue/mail: signer queue reader`,
      `${own}/data/jobs/queue/mail: signer queue sender`,
    ],
  },
  'odd names': {
    environmentName: 'A-name.with_32-letters-that-ends',
    broker: broker(
      [
        account('0a1', true, { group: '(Prod).data_1-' }),
        account('a23456789012345678901234', false, { group: 'DATA' }),
      ],
      [
        '0a1/blob/$web/**',
        '0a1/blob/Photos/**',
        'a23456789012345678901234/blob/$root/**',
        '0a1/file/docs/**',
      ],
    ),
    roles: [
      `${own}/(Prod).data_1-/0a1: rotator keyRotator`,
      `${own}/(Prod).data_1-/0a1: signer blob delegator`,
      `${own}/(Prod).data_1-/0a1: signer file delegator`,
      `${own}/(Prod).data_1-/0a1: signer file reader`,
      `${own}/(Prod).data_1-/0a1/blob/$web: signer blob reader`,
      `${own}/(Prod).data_1-/0a1/blob/photos: signer blob reader`,
      `${own}/DATA/a23456789012345678901234: signer blob delegator`,
      `${own}/DATA/a23456789012345678901234/blob/$root: signer blob reader`,
    ],
  },
};
