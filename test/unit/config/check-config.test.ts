import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { deployFaults } from '../../../shared/config/deploy-checks.ts';
import { formatFaults } from '../../../shared/input/fault-path.ts';
import { bundledFile, bundlePrograms } from '../../bundled-programs.ts';
import { faultLines, validDocument, withMember } from './config-document.ts';

const PROGRAM = 'shared/config/check-config.ts';
const folder = mkdtempSync(join(tmpdir(), 'check-config-'));
beforeAll(() => bundlePrograms(folder, [PROGRAM]));
afterAll(() => rmSync(folder, { recursive: true }));

function checkConfig(...options: string[]): { code: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [bundledFile(folder, PROGRAM), ...options], {
    encoding: 'utf8',
  });
  return { code: status, output: stdout + stderr };
}

describe('check-config', () => {
  test('accepts the shipped broker.json, but not for deployment', () => {
    const shipped = checkConfig();
    expect(shipped).toMatchObject({ code: 0 });
    expect(shipped.output).toMatch(/^broker\.json: 1 account, 2 grants, sha256 [0-9a-f]{64}\n$/);
    const deployed = checkConfig('broker.json', '--deploy');
    expect(deployed.code).toBe(1);
    expect(deployed.output).toContain('$.issuers[0].issuer: has text in angle brackets, a placeholder');
    expect(deployed.output).toMatch(/broker\.json: \d+ faults\n$/);
  });

  test("warns about the signer's roles for deployment only", () => {
    const file = join(folder, 'tags.json');
    writeFileSync(file, withMember(['grants', 0, 'permissions'], 'rt'));
    expect(checkConfig(file).output).not.toContain('warning');
    const deployed = checkConfig(file, '--deploy');
    expect(deployed.code).toBe(0);
    expect(deployed.output).toMatch(/^warning: \$\.grants\[0\]\.permissions: has t, beyond/);
  });

  test('prints each fault with its path on a separate line', () => {
    const file = join(folder, 'faulty.json');
    writeFileSync(file, withMember(['grants', 0, 'maxTtl'], 'soon'));
    const { code, output } = checkConfig(file);
    expect(code).toBe(1);
    expect(output.split('\n')).toEqual([
      '$.grants[0].maxTtl: must be an ISO 8601 duration such as "PT15M", or whole seconds',
      `${file}: 1 fault`,
      '',
    ]);
  });

  test('has different exit codes for wrong arguments and a faulty file', () => {
    expect(checkConfig('--deplo')).toEqual({
      code: 2,
      output: 'Usage: npm run check-config -- [file] [--deploy]\n',
    });
    expect(checkConfig(join(folder, 'none.json'))).toMatchObject({ code: 2 });
  });
});

describe('deployFaults', () => {
  const lines = (text: string) =>
    formatFaults(deployFaults(JSON.parse(text))).map(({ path, message }) => `${path}: ${message}`);

  test('finds nothing in a real configuration', () => {
    expect(lines(JSON.stringify(validDocument()))).toEqual([]);
  });

  test.each<[(string | number)[], unknown, string[]]>([
    [
      ['accounts', 0, 'endpoints'],
      { blob: 'http://127.0.0.1:10000/media' },
      [
        '$.accounts[0].endpoints.blob: must not be a host on this machine',
        '$.accounts[0].endpoints.blob: must be https',
      ],
    ],
    [
      ['issuers', 0, 'issuer'],
      'https://localhost:1',
      ['$.issuers[0].issuer: must not be a host on this machine'],
    ],
    [
      ['issuers', 0, 'require'],
      { tid: '<tenant>' },
      ['$.issuers[0].require.tid: has text in angle brackets, a placeholder; replace it with the real value'],
    ],
    [
      ['issuers', 0, 'audiences', 0],
      '00000000-0000-0000-0000-000000000000',
      ['$.issuers[0].audiences[0]: has an all-zero GUID, a placeholder; replace it with the real value'],
    ],
    [
      ['accounts', 1, 'name'],
      'examplelake',
      ['$.accounts[1].name: has "example", a placeholder; replace it with the real value'],
    ],
    [['grants', 0, 'description'], 'For example <this>', []],
  ])('%j as %j', (path, value, expected) => {
    expect(lines(withMember(path, value))).toEqual(expected);
  });
});

test('the shipped broker.json has no faults, and its schema is the committed one', () => {
  expect(faultLines(readFileSync('broker.json', 'utf8'))).toEqual([]);
  const { status } = spawnSync(process.execPath, [
    '--import',
    'tsx',
    'shared/config/write-schema.ts',
    '--check',
  ]);
  expect(status).toBe(0);
});
