import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isForeign, ORDER, PERMISSION_NAMES } from '../../../shared/azure/permissions.ts';
import { parseBrokerConfig } from '../../../shared/config/load-broker-config.ts';
import { OWNER_LETTERS, signerRoleWarnings } from '../../../shared/config/signer-role-warnings.ts';
import { withMember } from '../config/config-document.ts';

/* .ci/bicep/signer-roles.mjs expands infra/ and checks the assignments. These tests are about its table of roles. */

interface DataRole {
  role: string;
  letters: string[];
  names: string[];
}

const services = ['blob', 'queue', 'file'] as const;
const dataRoles = JSON.parse(readFileSync('infra/modules/data-roles.json', 'utf8')) as Record<
  (typeof services)[number],
  DataRole[]
>;

describe.each(services)('the roles for a %s', (service) => {
  const roles = dataRoles[service];

  test('cover each letter once', () => {
    const letters = roles.flatMap((role) => role.letters);
    expect(letters.toSorted()).toEqual(Array.from(ORDER[service]).toSorted());
  });

  test('list the names of exactly their letters', () => {
    const names = Object.entries(PERMISSION_NAMES).filter(([name]) => !isForeign(name, service));
    for (const { letters, names: listed } of roles)
      expect(listed.toSorted()).toEqual(
        names.flatMap(([name, letter]) => (letters.includes(letter) ? [name] : [])).toSorted(),
      );
  });

  test('are those in docs/deploy.md', () => {
    const guide = readFileSync('docs/deploy.md', 'utf8');
    for (const { role, letters } of roles)
      expect(guide).toMatch(
        new RegExp(`^\\| ${service} \\| ${letters.map((l) => `\`${l}\``).join(' ')} \\| \`${role}\` `, 'm'),
      );
  });
});

describe('check-config --deploy', () => {
  const grant = {
    id: 'a',
    callers: [{ issuer: 'entra', claims: { roles: 'A' } }],
    resources: ['media/blob/photos/**', 'media/blob/photos', 'lake/blob/*/**', 'media/queue/jobs'],
    permissions: ['read', 'tags', 'deleteVersion'],
  };
  const warningsOf = (members: object) => {
    const result = parseBrokerConfig(withMember(['grants', 0], { ...grant, ...members }));
    if (!result.ok) throw new Error(JSON.stringify(result.fault));
    return signerRoleWarnings(result.value.config);
  };

  test('warns about letters that make the signer an owner', () => {
    expect(warningsOf({})).toEqual([
      {
        path: '$.grants[0].permissions',
        message:
          'has x, t, beyond Storage Blob Data Contributor, so the deployment makes the signer Storage Blob Data Owner of media/blob/photos, lake',
      },
    ]);
    expect(OWNER_LETTERS).toEqual(dataRoles.blob.find(({ role }) => role === 'owner')?.letters);
  });

  test.each<[string, object]>([
    ['a lesser role suffices', { permissions: 'racwdlm' }],
    ['the grant allows nothing', { mode: 'report' }],
    ['a key signs', { kinds: ['service'], resources: ['media/blob/photos/**'] }],
    ['the letter is for a queue', { resources: ['media/queue/jobs'], permissions: ['process'] }],
  ])('does not warn if %s', (_, members) => {
    expect(warningsOf(members)).toEqual([]);
  });
});
