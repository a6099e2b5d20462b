// Merges the chunks that esbuild splits off into one file per group, because Node takes most of a millisecond to load a file.
import { basename, dirname, relative, resolve } from 'node:path';
import { build } from 'esbuild';

/**
 * Bundles the chunks again, into one file per group.
 * @param chunks the result of a build with `splitting`, `metafile` and `write: false`.
 * @param groups the names of dynamic imports by group, in the order in which they are loaded: the first three have everything
 * that their members import, and the others what no other group needs. What several others need is in a file of its own.
 */
export async function mergeChunks(chunks, groups, options) {
  const graph = readGraph(chunks);
  const fileOf = assign(graph, groups);
  const merged = groupBy(Object.keys(graph), fileOf);
  const entries = new Map([...merged].map(([file, members]) => [file, entryText(members, graph)]));
  return build({
    ...options,
    entryPoints: Object.fromEntries(
      [...merged.keys()].map((file) => [file.replace(/\.js$/, ''), `group:${file}`]),
    ),
    splitting: false,
    plugins: [groupPlugin(graph, fileOf, entries)],
  });
}

/** Returns each chunk's text, exports and imports. The key is its path. */
function readGraph({ metafile, outputFiles }) {
  const texts = new Map(outputFiles.map(({ path, text }) => [relative('.', path), text]));
  return Object.fromEntries(
    Object.entries(metafile.outputs)
      .filter(([path]) => path.endsWith('.js'))
      .map(([path, { bytes, exports, imports, inputs, entryPoint }]) => {
        const own = imports.filter(({ external }) => external !== true);
        const of = (kind) => own.filter((one) => one.kind === kind).map((one) => one.path);
        const id = Object.keys(metafile.outputs).indexOf(path);
        const content = { bytes, inputs, text: texts.get(path), statics: of('import-statement') };
        return [path, { id, exports, entry: entryPoint ?? null, ...content }];
      }),
  );
}

/** A chunk that several groups need goes to the second group's file if it is smaller: reading one more file takes longer. */
const SMALL_BYTES = 32 * 1024;

/** Returns which file each chunk goes to. */
function assign(graph, groups) {
  const [entryGroup, coreGroup, leadingGroup] = Object.keys(groups);
  const [entryFile, coreFile] = ['functions/index.js', chunkFile(coreGroup)];
  const fileOf = new Map();
  const shared = new Map();
  for (const [path, set] of reachedBy(graph, groups)) {
    const [only] = set;
    if (set.has(entryGroup)) fileOf.set(path, entryFile);
    else if (set.has(coreGroup)) fileOf.set(path, coreFile);
    else if (set.size === 1) fileOf.set(path, chunkFile(only));
    else shared.set(path, set);
  }
  const isLoaded = (path) => [entryFile, coreFile].includes(fileOf.get(path));
  for (const [path, set] of shared) {
    const { bytes, statics } = graph[path];
    if (bytes < SMALL_BYTES && statics.every(isLoaded)) fileOf.set(path, coreFile);
    else if (set.has(leadingGroup)) fileOf.set(path, chunkFile(leadingGroup));
  }
  const rest = [...shared.keys()].filter((path) => !fileOf.has(path));
  const bySet = groupBy(rest, new Map(rest.map((path) => [path, [...shared.get(path)].sort().join()])));
  for (const [, paths] of bySet) {
    const file = chunkFile(sharedName(paths, graph, new Set(fileOf.values())));
    for (const path of paths) fileOf.set(path, file);
  }
  return fileOf;
}

const chunkFile = (name) => `functions/chunks/${name}.js`;

/** Returns the groups that load each chunk. */
function reachedBy(graph, groups) {
  const reached = new Map();
  for (const [path, { entry }] of Object.entries(graph)) {
    if (entry === null) continue;
    const name = basename(entry, '.ts');
    const [group = name] = Object.entries(groups).find(([, names]) => names.includes(name)) ?? [];
    for (const one of closure(path, graph)) reached.set(one, (reached.get(one) ?? new Set()).add(group));
  }
  return reached;
}

/** Returns a name for a file that several groups need: the package, or the folder, of which it has most. */
function sharedName(paths, graph, taken) {
  const inputs = paths.flatMap((path) => Object.entries(graph[path].inputs));
  const [[largest]] = inputs.sort(([, one], [, other]) => other.bytesInOutput - one.bytesInOutput);
  const [, name] = /node_modules\/(?:@[^/]+\/)?([^/]+)\/(?!.*node_modules)/.exec(largest) ?? [];
  const folder = name ?? basename(dirname(largest));
  return taken.has(chunkFile(folder)) ? `${folder}-${taken.size}` : folder;
}

function closure(path, graph, found = new Set()) {
  if (found.has(path)) return found;
  found.add(path);
  for (const next of graph[path].statics) closure(next, graph, found);
  return found;
}

function groupBy(paths, fileOf) {
  const merged = new Map();
  for (const path of paths) merged.set(fileOf.get(path), [...(merged.get(fileOf.get(path)) ?? []), path]);
  return merged;
}

/** A file exports what its chunks export: under the same name if a dynamic import asks for it, else under a unique one. */
function entryText(members, graph) {
  return members
    .map((path) => {
      const names = graph[path].exports.map((name) => `${name} as ${exportName(graph[path], name)}`);
      return names.length === 0
        ? `import ${JSON.stringify(`chunk:${path}`)};`
        : `export { ${names.join(', ')} } from ${JSON.stringify(`chunk:${path}`)};`;
    })
    .join('\n');
}

const exportName = ({ id, entry }, name) => (entry === null ? `c${id}_${name}` : name);

function groupPlugin(graph, fileOf, entries) {
  const address = (from, to) => {
    const path = relative(dirname(from), to);
    return path.startsWith('.') ? path : `./${path}`;
  };
  return {
    name: 'merge-chunks',
    setup(build) {
      build.onResolve({ filter: /^group:/ }, ({ path }) => ({ path: path.slice(6), namespace: 'group' }));
      build.onLoad({ filter: /./, namespace: 'group' }, ({ path }) => ({
        contents: entries.get(path),
        loader: 'js',
      }));
      build.onResolve({ filter: /^chunk:/ }, ({ path }) => ({ path: path.slice(6), namespace: 'chunk' }));
      build.onResolve({ filter: /^\.\.?\//, namespace: 'chunk' }, ({ path, importer, kind }) => {
        const target = relative('.', resolve(dirname(importer), path));
        const [from, to] = [fileOf.get(importer), fileOf.get(target)];
        if (from === to && kind !== 'dynamic-import') return { path: target, namespace: 'chunk' };
        if (kind === 'dynamic-import') return { path: address(from, to), external: true };
        return { path: `${target}|${address(from, to)}`, namespace: 'bridge' };
      });
      build.onLoad({ filter: /./, namespace: 'chunk' }, ({ path }) => ({
        contents: graph[path].text,
        loader: 'js',
      }));
      build.onLoad({ filter: /./, namespace: 'bridge' }, ({ path }) => {
        const [target, file] = path.split('|');
        const names = graph[target].exports.map((name) => `${exportName(graph[target], name)} as ${name}`);
        return { contents: `export { ${names.join(', ')} } from ${JSON.stringify(file)};`, loader: 'js' };
      });
      build.onResolve({ filter: /^\.\.?\//, namespace: 'bridge' }, ({ path }) => ({ path, external: true }));
    },
  };
}
