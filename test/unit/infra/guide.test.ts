import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';

/* The guides' commands need Azure. These tests read them for what must never be in one. */

const guides = ['docs/deploy.md', 'docs/rotation.md'];
const commands = guides.flatMap((guide) =>
  [...readFileSync(guide, 'utf8').matchAll(/^ *```sh\n([^]*?)^ *```$/gm)].map(([, text = '']) => text),
);

describe('the commands of the guides', () => {
  test('never have a key as an argument, where other users of the machine can read it', () => {
    const stored = commands.filter((text) => text.includes('az keyvault secret set'));
    expect(stored).toHaveLength(2);
    for (const text of stored) {
      expect(text).not.toContain('--value');
      expect(text).toContain("tr -d '\\n' |");
      expect(text).toContain('--file /dev/stdin --encoding utf-8');
    }
  });

  test('use outputs that the deployment has', () => {
    const outputs = readFileSync('infra/main.bicep', 'utf8');
    const names = commands.flatMap((text) => [...text.matchAll(/azd env get-value (\w+)/g)]);
    expect(names.length).toBeGreaterThan(3);
    for (const [, name] of names) expect(outputs).toMatch(new RegExp(`^output ${name} `, 'm'));
  });
});

test('the guide explains every parameter of the deployment', () => {
  const guide = readFileSync('docs/deploy.md', 'utf8');
  const [, table = ''] = /^\| parameter \| default .*\n([^]*?)\n\n/m.exec(guide) ?? [];
  const explained = [...table.matchAll(/^\| ([^|]*) \|/gm)].flatMap(([, names = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  const parameters = [...readFileSync('infra/main.bicep', 'utf8').matchAll(/^param (\w+) /gm)];
  expect(explained.toSorted()).toEqual(parameters.map(([, name]) => name).toSorted());
});

test('the sample broker.json decides whether the broker takes its accounts over', () => {
  const { accounts } = JSON.parse(readFileSync('broker.json', 'utf8')) as {
    accounts: { rotation?: { takeOver?: boolean } }[];
  };
  for (const { rotation } of accounts) expect(rotation?.takeOver).toBe(true);
});
