// Which packages are in dist/, and on which terms they may be copied.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** The folder of the innermost package that a module belongs to. */
const PACKAGE_FOLDER = /^(?:.*[/\\])?node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+(?=[/\\])/;
/** The files in which a package has its licence, and what its licence says must be copied with it. */
const TERMS = /^(?:licen[cs]e|copying|notice|thirdpartynotice)[\w.-]*$/i;

/**
 * Returns each package of which at least a byte is in an output, sorted by name.
 * @param metafiles esbuild's, of the first pass: the second one sees chunks instead of packages.
 * @throws Error if a package.json names no licence.
 */
export function bundledPackages(metafiles) {
  const outputs = metafiles.flatMap((metafile) => Object.values(metafile.outputs));
  const modules = outputs.flatMap(({ inputs }) =>
    Object.entries(inputs).flatMap(([path, { bytesInOutput }]) => (bytesInOutput > 0 ? [path] : [])),
  );
  const folders = new Set(modules.flatMap((path) => PACKAGE_FOLDER.exec(path)?.[0] ?? []));
  const packages = [...folders].map((folder) => describePackage(resolve(folder)));
  return packages.sort((one, other) => (one.id < other.id ? -1 : 1));
}

function describePackage(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder)
    .filter((file) => TERMS.test(file))
    .sort()
    .map((file) => readFileSync(join(folder, file), 'utf8').replaceAll('\r\n', '\n').trim());
  if (typeof license !== 'string') throw new Error(`${name} ${version} names no licence.`);
  const holder = typeof author === 'object' ? author.name : author;
  return { id: `${name}@${version}`, name, version, license, holder: holder ?? null, texts };
}

const RULE = '='.repeat(80);

/**
 * Returns the text that must go with copies of the packages. Packages with the same terms share one entry.
 * @throws Error if the terms of a package are unknown.
 */
export function noticesOf(packages) {
  const entries = new Map();
  for (const one of packages) {
    const text = one.texts.join('\n\n') || statedTerms(one);
    entries.set(text, [...(entries.get(text) ?? []), one]);
  }
  const parts = [...entries].map(
    ([text, members]) =>
      `${RULE}\n${members.map(({ name, version, license }) => `${name} ${version} (${license})`).join('\n')}\n\n${text}\n`,
  );
  return `THIRD-PARTY NOTICES\n\nThe SAS token broker and its web console contain these packages, whole or in part.\n\n${parts.join('\n')}`;
}

const [, MIT_PERMISSION] = readFileSync(join(import.meta.dirname, '../LICENSE'), 'utf8').split(
  /^Copyright .*\n/m,
);

/** Returns the terms of a package that has no file with them. Its package.json names a licence, whose text is known. */
function statedTerms({ name, license, holder }) {
  if (license !== 'MIT') throw new Error(`${name} has no file with its licence, and says ${license}.`);
  return `Copyright (c) ${holder ?? `the authors of ${name}`}\n\n${MIT_PERMISSION.trim()}`;
}
