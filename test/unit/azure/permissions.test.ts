import { describe, expect, test } from 'vitest';
import {
  accountLetters,
  allowedLetters,
  inAzureOrder,
  ORDER,
  PERMISSION_NAMES,
  permissionNames,
} from '../../../shared/azure/permissions.ts';
import { lettersGranted, parseLetters } from '../../../shared/azure/requested-letters.ts';
import { type PermissionScope } from '../../../shared/azure/resources.ts';
import { SERVICES } from '../../../shared/azure/services.ts';
import { ok } from '../../../shared/result.ts';

describe('parseLetters', () => {
  const rejectionOf = (value: string | string[]) => {
    const letters = parseLetters(value);
    return letters.ok ? null : letters.fault.message;
  };

  test('reads letters in any order, names, and names mixed with letters', () => {
    expect(parseLetters('wc')).toEqual(ok(new Set(['w', 'c'])));
    expect(parseLetters(['create', 'w', 'deleteVersion'])).toEqual(ok(new Set(['c', 'w', 'x'])));
    expect(parseLetters(['process', 'permissions'])).toEqual(ok(new Set(['p'])));
  });

  test.each(['read', 'add', 'list', 'delete'])('rejects the name %s in place of letters', (name) => {
    expect(rejectionOf(name)).toBe(
      `must be Azure's letters or a list of names; to use a name, write ["${name}"]`,
    );
  });

  test('names the permission that it does not know', () => {
    expect(rejectionOf('rz')).toMatch(/^has the unknown permission "z"; use the letters /);
    expect(rejectionOf(['lst'])).toMatch(/^has the unknown permission "lst"; /);
    expect(rejectionOf(['toString'])).toMatch(/^has the unknown permission "toString"; /);
    expect(rejectionOf('')).toBe('must have at least one permission');
  });
});

describe('a list with names of several services', () => {
  test('gives each service only the letters of its own names', () => {
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

  test.each(SERVICES)('of %s each have a place in its order and a name', (service) => {
    for (const scope of scopes)
      for (const letter of allowedLetters(service, scope, true)) expect(ORDER[service]).toContain(letter);
    for (const letter of accountLetters([service])) expect(ORDER.account).toContain(letter);
    for (const letter of ORDER[service]) {
      const [name] = permissionNames(letter, service);
      expect(PERMISSION_NAMES[name!]).toBe(letter);
    }
  });

  test('include ownership and access control for hierarchical accounts only', () => {
    expect(inAzureOrder(allowedLetters('blob', 'container', false), 'blob')).toBe('racwdxyltfmei');
    expect(inAzureOrder(allowedLetters('blob', 'container', true), 'blob')).toBe('racwdxyltfmeopi');
    expect(inAzureOrder(allowedLetters('blob', 'blob', true), 'blob')).toBe('racwdxytmeopi');
    expect(allowedLetters('blob', 'directory', false).size).toBe(0);
    expect(allowedLetters('queue', 'blob', true).size).toBe(0);
  });

  test('have the names of their own service', () => {
    expect(permissionNames('pr', 'queue')).toEqual(['read', 'process']);
    expect(permissionNames('raud', 'table')).toEqual(['query', 'add', 'update', 'delete']);
    expect(permissionNames('rop', 'blob')).toEqual(['read', 'ownership', 'permissions']);
    expect(permissionNames('rpu', 'account')).toEqual(['read', 'update', 'process']);
  });
});
