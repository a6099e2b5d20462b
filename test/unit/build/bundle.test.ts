import { isBuiltin } from 'node:module';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Bundle, bundle } from '../../../build/bundle.mjs';
import { bundledPackages, noticesOf } from '../../../build/bundled-packages.mjs';

let built: Bundle;
/** The files of `dist/`, without source maps: text by path below `dist/functions/`. */
let files: Map<string, string>;

beforeAll(async () => {
  built = await bundle({ write: false });
  const outputs = built.files.outputFiles.filter(({ path }) => path.endsWith('.js'));
  files = new Map(outputs.map(({ path, text }) => [path.replace(/.*\/dist\/functions\//, ''), text]));
});

/** `/x/node_modules/@azure/core-lro/dist/index.js` → `@azure/core-lro` and where it is installed. */
function installedPackages(): Map<string, Set<string>> {
  const found = new Map<string, Set<string>>();
  for (const { inputs } of Object.values(built.modules.outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const [, place = '', name] = /^(.*node_modules\/)((?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
      if (name !== undefined && bytesInOutput > 0) found.set(name, (found.get(name) ?? new Set()).add(place));
    }
  return found;
}

describe('the bundle', () => {
  it('contains no package twice', () => {
    const packages = installedPackages();
    expect(packages.size).toBeGreaterThan(20);
    expect([...packages].filter(([, places]) => places.size > 1).map(([name]) => name)).toEqual([]);
  });

  it('has notices that name each of its packages', () => {
    const packages = bundledPackages([built.modules]);
    expect(packages.map(({ name }) => name).sort()).toEqual([...installedPackages().keys()].sort());
    const notices = noticesOf(packages);
    const isNamed = ({ name, version }: { name: string; version: string }) =>
      notices.includes(`\n${name} ${version} (`);
    expect(packages.filter((one) => !isNamed(one))).toEqual([]);
  });

  it('contains each module in one file only', () => {
    const inputs = Object.values(built.modules.outputs).flatMap((output) => Object.keys(output.inputs));
    expect(inputs.length).toBe(new Set(inputs).size);
  });

  it('contains of MSAL only what managed identities need, and no languages of zod', () => {
    const inputs = Object.values(built.modules.outputs).flatMap((output) => Object.keys(output.inputs));
    const unwanted =
      /msal-node.*(?:ConfidentialClient|PublicClient|DeviceCode|OnBehalfOf)|jsonwebtoken|identity\/dist\/esm\/credentials\/(?!managedIdentityCredential)|zod\/v4\/locales\/(?!en\.js)/;
    expect(inputs.filter((input) => unwanted.test(input))).toEqual([]);
    expect(
      inputs.filter((input) => /ManagedIdentitySources\/(?:Imds|AppService|AzureArc)\.mjs$/.test(input)),
    ).toHaveLength(3);
  });

  it('contains of zod only what is used', () => {
    const inputs = Object.values(built.modules.outputs).flatMap((output) => Object.entries(output.inputs));
    const used = inputs
      .filter(([path, { bytesInOutput }]) => path.includes('/zod/') && bytesInOutput > 0)
      .map(([path]) => path.replace(/.*\/zod\//, ''));
    expect(used).toContain('v4/mini/schemas.js');
    expect(used.filter((path) => /classic|locales/.test(path))).toEqual([]);
  });

  it('makes JSON Schema where documents are made, not where tokens are, and prints no output for debugging', () => {
    const making = [...files].filter(([, text]) => text.includes('draft-2020-12')).map(([name]) => name);
    expect(making).toEqual(['chunks/routes.js']);
    expect([...installedPackages().keys()].filter((name) => /^(?:debug|supports-color)$/.test(name))).toEqual(
      [],
    );
  });

  it('keeps the names of classes, which errors are logged by, and not those of functions', () => {
    const named = (name: string) => [...files.values()].some((text) => text.includes(`(this,"${name}")`));
    expect(['JWTExpired', 'RestError', 'BrokerError'].filter((name) => !named(name))).toEqual([]);
    expect([...files.values()].filter((text) => text.includes('"parseBrokerConfig"'))).toHaveLength(0);
  });

  it('imports only Node’s modules, its own files and the module of the Functions worker', () => {
    const imported = Object.values(built.files.metafile.outputs).flatMap(({ imports }) => imports);
    const outside = [...Object.values(built.modules.outputs).flatMap(({ imports }) => imports), ...imported]
      .filter(({ external, path }) => external === true && !path.startsWith('.'))
      .map(({ path }) => path);
    expect([...new Set(outside)].filter((path) => !isBuiltin(path))).toEqual(['@azure/functions-core']);
  });

  it('is ASCII, or V8 would keep and read two bytes for each character of a file', () => {
    // eslint-disable-next-line no-control-regex -- the range is what is meant
    expect([...files].filter(([, text]) => /[^\x00-\x7f]/.test(text)).map(([name]) => name)).toEqual([]);
  });

  it('registers the functions with one file and little text', () => {
    const entry = files.get('index.js') ?? '';
    expect(entry).not.toMatch(/\bfrom\s*"\.\/chunks/);
    expect(entry.length).toBeLessThan(130_000);
    expect(entry).not.toContain('ZodType');
  });

  it('spends at most 5 KiB on serving the console', () => {
    const chunk = files.get('chunks/console.js') ?? '';
    const statements = (files.get('index.js') ?? '').split(';');
    const registration = statements
      .filter((text) => /chunks\/console\.js|console\/\{asset\?\}/.test(text))
      .join(';');
    expect(chunk).toContain('__SIGN_IN__');
    expect(registration).toContain('chunks/console.js');
    expect(registration).toContain('console/{asset?}');
    expect(chunk.length + registration.length).toBeLessThanOrEqual(5 * 1024);
  });
});
