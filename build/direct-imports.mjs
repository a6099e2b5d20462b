// Finds the module of a package that declares a name which the package's index exports.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** Packages whose files import each other, and are imported, directly. Each has its modules in `dist/esm`. */
const PACKAGE = '@azure/(?:storage-[a-z-]+|data-tables)';
const IMPORT = new RegExp(`^import \\{([^}]*)\\} from ['"](${PACKAGE})['"];$`, 'gm');

/**
 * Returns the text with imports from the declaring modules of Azure's packages for storage instead of their indexes. esbuild leaves
 * out what is not used at all, but a file that imports an index is loaded with everything that any other file uses of it.
 * @param path of the file, from which the packages are resolved.
 * @throws Error if a package does not export an imported name.
 */
export function withDirectImports(text, path) {
  return text.replaceAll(IMPORT, (statement, list, name) => {
    const index = join(folderOf(name, path), 'dist/esm/index.js');
    const values = list
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '' && !one.startsWith('type '));
    const direct = values.map((one) => {
      const [exported] = one.split(' as ');
      const module = declaringModule(index, exported);
      if (module === null) throw new Error(`${name} does not export ${exported}, which ${path} imports.`);
      return `import { ${one} } from ${JSON.stringify(module)};`;
    });
    // The lines that follow keep their numbers for the source map.
    return direct.join(' ') + '\n'.repeat(statement.split('\n').length - 1);
  });
}

const folderOf = (name, path) => dirname(createRequire(path).resolve(`${name}/package.json`));

const EXPORT_FROM = /^export (?:\*|\{([^}]*)\}) from ["']([^"']+)["'];$/gm;

/**
 * Returns the path of the module that declares the name, or the name of another package that exports it; null if neither the
 * module nor what it exports from does.
 */
function declaringModule(path, name) {
  const text = readFileSync(path, 'utf8');
  if (new RegExp(`^export (?:async )?(?:class|function|const|let|var) ${name}\\b`, 'm').test(text))
    return path;
  for (const [, list, from] of text.matchAll(EXPORT_FROM)) {
    if (list !== undefined && !list.split(',').some((one) => one.trim() === name)) continue;
    const module = from.startsWith('.') ? join(dirname(path), from) : indexOf(from, path);
    if (module === null && list !== undefined) return from;
    const found = module === null ? null : declaringModule(module, name);
    if (found !== null) return found;
  }
  return null;
}

function indexOf(from, path) {
  return new RegExp(`^${PACKAGE}$`).test(from) ? join(folderOf(from, path), 'dist/esm/index.js') : null;
}
