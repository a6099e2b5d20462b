import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { noticesOf } from '../../../build/bundled-packages.mjs';
import { packageFiles } from '../../../build/package-files.mjs';
import { selectComponents } from '../../../build/sbom.mjs';
import { buildVersion } from '../../../build/version.mjs';
import { unzipFile, zipFile } from '../../../build/zip-file.mjs';
import { unpackPackage } from '../../../local/unpack-package.ts';

const folder = mkdtempSync(join(tmpdir(), 'package-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const write = (file: string, content: string) => {
  mkdirSync(join(folder, file, '..'), { recursive: true });
  writeFileSync(join(folder, file), content);
};

describe('the zip file', () => {
  const files = new Map([
    ['a.json', bytes('{}')],
    ['b/é.js', bytes('x'.repeat(3000))],
  ]);

  it('has the files that were put in, and the same bytes each time', () => {
    const zip = zipFile(files);
    expect(unzipFile(zip)).toEqual(files);
    expect(Buffer.from(zipFile(new Map(files))).equals(zip)).toBe(true);
    expect(zip.length).toBeLessThan(500);
  });

  it('depends on the contents', () => {
    expect(
      Buffer.from(zipFile(new Map([['a', bytes('1')]]))).equals(zipFile(new Map([['a', bytes('2')]]))),
    ).toBe(false);
  });

  it.each(['../a', 'a/../../b', '/etc/a', 'C:/a', 'a\\b'])('is refused if it contains %s', (path) => {
    expect(() => unzipFile(zipFile(new Map([[path, bytes('')]])))).toThrow(/leads out of its folder/);
  });

  it('is refused if it is none', () => {
    expect(() => unzipFile(bytes('not a zip file'))).toThrow();
  });
});

describe('unpacking a package', () => {
  const file = join(folder, 'a.zip');

  it('gives a folder with its files', () => {
    const files = ['host.json', 'package.json', 'dist/functions/index.js'].map(
      (path) => [path, bytes(path)] as const,
    );
    writeFileSync(file, zipFile(new Map(files)));
    const unpacked = unpackPackage(file);
    for (const [path, content] of files)
      expect(readFileSync(join(unpacked, path))).toEqual(Buffer.from(content));
    rmSync(unpacked, { recursive: true });
  });

  it('says what is wrong with a file that is not one', () => {
    expect(() => unpackPackage(join(folder, 'none.zip'))).toThrow('Run npm run package first.');
    writeFileSync(file, 'text');
    expect(() => unpackPackage(file)).toThrow(`${file} is not a zip file that can be unpacked.`);
    writeFileSync(file, zipFile(new Map([['index.js', bytes('')]])));
    expect(() => unpackPackage(file)).toThrow('it has no host.json or no package.json');
  });
});

describe('the files of the package', () => {
  it('are those that the host and the broker read, and no sources, tests, maps or earlier packages', () => {
    for (const file of [
      'broker.json',
      'host.json',
      'local.settings.json',
      'local/start.ts',
      'test/a.test.ts',
    ])
      write(file, '{}');
    for (const file of ['functions/index.js', 'functions/index.js.map', 'functions/chunks/a.js'])
      write(`dist/${file}`, '');
    for (const file of ['console/index.html', 'console/a.js.br', 'package/a.zip', 'notes.md'])
      write(`dist/${file}`, '');
    write('package.json', '{"main":"dist/functions/index.js"}');
    expect([...packageFiles(folder).keys()]).toEqual([
      'broker.json',
      'dist/console/a.js.br',
      'dist/console/index.html',
      'dist/functions/chunks/a.js',
      'dist/functions/index.js',
      'host.json',
      'package.json',
    ]);
  });

  it('must have the entry', () => {
    write('package.json', '{"main":"dist/functions/other.js"}');
    expect(() => packageFiles(folder)).toThrow('The package needs dist/functions/other.js.');
  });
});

describe('the version of a build', () => {
  const clone = join(folder, 'clone');
  const git = (...words: string[]) =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@a', ...words], {
      cwd: clone,
      encoding: 'utf8',
    }).trim();

  it('is that of package.json, with the commit in a clone, and says if a file differs from it', () => {
    write('clone/package.json', '{"version":"1.2.3"}');
    // A folder that is in no clone, so Git finds none above it.
    expect(buildVersion(clone)).toBe('1.2.3');
    git('init', '--quiet');
    git('add', '.');
    git('commit', '--quiet', '--message', 'First');
    const commit = git('rev-parse', 'HEAD').slice(0, 12);
    expect(buildVersion(clone)).toBe(`1.2.3+${commit}`);
    write('clone/unknown', '');
    expect(buildVersion(clone)).toBe(`1.2.3+${commit}`);
    write('clone/package.json', '{"version":"1.2.4"}');
    expect(buildVersion(clone)).toBe(`1.2.4+${commit}.modified`);
  });
});

describe('the notices', () => {
  const one = {
    name: 'a',
    version: '1.0.0',
    id: 'a@1.0.0',
    license: 'MIT',
    holder: null,
    texts: ['Terms of a'],
  };

  it('have the terms of each package, once if they are equal', () => {
    const text = noticesOf([
      one,
      { ...one, name: 'b' },
      { ...one, name: 'c', texts: ['Terms of c', 'A notice'] },
    ]);
    expect(text).toContain('a 1.0.0 (MIT)\nb 1.0.0 (MIT)\n\nTerms of a\n');
    expect(text).toContain('c 1.0.0 (MIT)\n\nTerms of c\n\nA notice\n');
    expect(text.match(/Terms of a/g)).toHaveLength(1);
  });

  it('have the text of the licence that a package only names, if it is known', () => {
    const text = noticesOf([{ ...one, holder: 'Ann Author', texts: [] }]);
    expect(text).toContain('Copyright (c) Ann Author\n\nPermission is hereby granted');
    expect(text).not.toContain('SAS token broker authors');
    expect(() => noticesOf([{ ...one, license: 'GPL-3.0', texts: [] }])).toThrow(
      'a has no file with its licence',
    );
  });
});

describe('the bill of materials', () => {
  const component = (ref: string) => ({ 'bom-ref': ref, name: ref, scope: 'optional', properties: [{}] });
  const document = {
    $schema: 's',
    bomFormat: 'CycloneDX',
    specVersion: '1.5',
    serialNumber: 'urn:uuid:random',
    metadata: { timestamp: 'now', tools: [], component: component('root@1') },
    components: ['a@1', 'a@2', 'b@1'].map(component),
    dependencies: [
      { ref: 'root@1', dependsOn: ['a@1', 'b@1'] },
      { ref: 'a@1', dependsOn: ['a@2', 'b@1'] },
      { ref: 'b@1', dependsOn: [] },
    ],
  };
  const select = (ids: string[]) =>
    selectComponents(
      document,
      ids.map((id) => ({ id })),
      '1.2.3+abc',
    );

  it('has the packages that are bundled and what they need of each other, and nothing that changes with time', () => {
    const text = select(['a@1', 'a@2']);
    expect(JSON.parse(text)).toMatchObject({
      bomFormat: 'CycloneDX',
      metadata: { component: { name: 'sas-token-broker', version: '1.2.3+abc' } },
      components: [
        { 'bom-ref': 'a@1', scope: 'required' },
        { 'bom-ref': 'a@2', scope: 'required' },
      ],
      dependencies: [
        { ref: 'root@1', dependsOn: ['a@1'] },
        { ref: 'a@1', dependsOn: ['a@2'] },
      ],
    });
    expect(text).toMatch(/"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"/);
    expect(text).not.toMatch(/timestamp|b@1/);
    expect(select(['a@1', 'a@2'])).toBe(text);
    expect(select(['a@1'])).not.toContain(/urn:uuid:[\w-]+/.exec(text)![0]);
  });

  it('fails if the lock file does not have a package that was bundled', () => {
    expect(() => select(['c@1'])).toThrow('package-lock.json does not have c@1');
  });
});
