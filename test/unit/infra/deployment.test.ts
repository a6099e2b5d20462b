import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const azureYaml = readFileSync('azure.yaml', 'utf8');

test('azd must not be older than the version that leaves the groups of managed accounts alone', () => {
  expect(azureYaml).toMatch(/^requiredVersions:\n {2}azd: '>= 1\.24\.1'$/m);
});

test('a broker.json that must not be deployed stops azd before it provisions', () => {
  const [, projectHooks = ''] = /^hooks:\n((?: .*\n)*)/m.exec(azureYaml) ?? [];
  const [, posix = ''] = /preprovision:\n +posix: \{ shell: sh, run: (.*) \}\n/.exec(projectHooks) ?? [];
  expect(posix).toBe('npm run check-config -- --deploy');
  // The repository's broker.json contains placeholders.
  const { status, stdout } = spawnSync('sh', ['-c', posix], { encoding: 'utf8' });
  expect(stdout).toContain('a placeholder');
  expect(status).toBe(1);
});

test('on Windows the hooks pass "--deploy" on and return the exit code', () => {
  const hooks = [...azureYaml.matchAll(/npm\.cmd run check-config -- --deploy;.*/g)].map(([line]) => line);
  expect(hooks).toHaveLength(2);
  for (const hook of hooks) expect(hook).toContain('exit $LASTEXITCODE');
});

test('two brokers may manage accounts in one group, so the names of the modules differ', () => {
  const main = readFileSync('infra/main.bicep', 'utf8');
  const [, name] = /^module accounts .*?^ {4}name: '(.*?)'$/ms.exec(main) ?? [];
  expect(name).toBe('managed-${token}-${account.name}');
});
