import { describe, expect, test } from 'vitest';
import {
  accountLetters,
  allowedLetters,
  inAzureOrder,
  lettersGranted,
  lettersOf,
  ORDER,
  permissionNames,
  PERMISSION_NAMES,
} from '../../../shared/azure/permissions.ts';
import { type PermissionScope } from '../../../shared/azure/resources.ts';
import { SERVICES } from '../../../shared/azure/services.ts';

describe('lettersOf', () => {
  test('takes letters in any order, names, and names mixed with letters', () => {
    expect(lettersOf('wc')).toEqual(new Set(['w', 'c']));
    expect(lettersOf(['create', 'w', 'deleteVersion'])).toEqual(new Set(['c', 'w', 'x']));
    expect(lettersOf(['process', 'permissions'])).toEqual(new Set(['p']));
  });

  test.each(['read', 'add', 'list', 'delete'])('does not take the name %s for its letters', (name) => {
    expect(lettersOf(name)).toBe(`must be Azure's letters or a list of names; write ["${name}"]`);
  });

  test('says what it does not know', () => {
    expect(lettersOf('rz')).toMatch(/^must have no "z"; use the letters /);
    expect(lettersOf(['lst'])).toMatch(/^must have no "lst"; /);
    expect(lettersOf(['toString'])).toMatch(/^must have no "toString"; /);
    expect(lettersOf('')).toBe('must have at least one permission');
  });
});

describe('names of several services', () => {
  test('give each service what it means by them', () => {
    const granted = (what: Parameters<typeof lettersGranted>[1]) =>
      [...lettersGranted(['process', 'read', 'permissions', 'query'], what)].join('');
    expect(granted('queue')).toBe('pr');
    expect(granted('blob')).toBe('rp');
    expect(granted('table')).toBe('r');
    expect(granted('file')).toBe('r');
    expect([...lettersGranted(['process'], 'blob'), ...lettersGranted(['permissions'], 'queue')]).toEqual([]);
    expect([...lettersGranted('pr', 'blob')].join('')).toBe('pr');
  });
});

describe('letters of a service', () => {
  const scopes: PermissionScope[] = ['container', 'blob', 'directory', 'queue', 'table', 'share', 'file'];

  test.each(SERVICES)('of %s all have a place in its order and a name', (service) => {
    for (const scope of scopes)
      for (const letter of allowedLetters(service, scope, true)) expect(ORDER[service]).toContain(letter);
    for (const letter of accountLetters([service])) expect(ORDER.account).toContain(letter);
    for (const letter of ORDER[service]) {
      const [name] = permissionNames(letter, service);
      expect(PERMISSION_NAMES[name!]).toBe(letter);
    }
  });

  test('know ownership and access control on hierarchical accounts only', () => {
    expect(inAzureOrder(allowedLetters('blob', 'container', false), 'blob')).toBe('racwdxyltfmei');
    expect(inAzureOrder(allowedLetters('blob', 'container', true), 'blob')).toBe('racwdxyltfmeopi');
    expect(inAzureOrder(allowedLetters('blob', 'blob', true), 'blob')).toBe('racwdxytmeopi');
    expect(allowedLetters('blob', 'directory', false).size).toBe(0);
    expect(allowedLetters('queue', 'blob', true).size).toBe(0);
  });

  test('are named as the service means them', () => {
    expect(permissionNames('pr', 'queue')).toEqual(['read', 'process']);
    expect(permissionNames('raud', 'table')).toEqual(['query', 'add', 'update', 'delete']);
    expect(permissionNames('rop', 'blob')).toEqual(['read', 'ownership', 'permissions']);
    expect(permissionNames('rpu', 'account')).toEqual(['read', 'update', 'process']);
  });
});
