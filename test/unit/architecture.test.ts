import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Adapters are named after their technology; only they and the resource files of issuing/ may import an Azure SDK. */
const ADAPTER = /^shared\/\w[\w-]*\/(?:table|key-vault|arm|storage|azure|managed-identity)-[\w-]+\.ts$/;
const RESOURCE_FILE = /^shared\/issuing\/(?:blob|queue|table|file|account|directory)\.ts$/;
/** compose.ts, and its parts compose-….ts. */
const COMPOSITION_ROOT = /^shared\/compose(?:-\w+)?\.ts$/;

interface Import {
  readonly from: string;
  readonly to: string;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => normalize(join(entry.parentPath, entry.name)));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const statements = text.matchAll(
    /(?:^|\n)\s*(?:import|export)\b[^;'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]|(?:^|\n)import\s*['"]([^'"]+)['"]/g,
  );
  return [...statements].map(([, a, b, c]) => {
    const to = a ?? b ?? c ?? '';
    return { from: file, to: to.startsWith('.') ? normalize(join(dirname(file), to)) : to };
  });
}

const importsBelow = (folder: string) => filesBelow(folder).flatMap(importsOf);
const text = ({ from, to }: Import) => `${from} → ${to}`;

describe('the layout', () => {
  it('reads imports at all', () => {
    expect(importsBelow('shared').length).toBeGreaterThan(50);
    expect(importsBelow('functions').map(({ to }) => to)).toContain('@azure/functions');
  });

  it('lets functions/ depend on shared/ and never the other way', () => {
    const wrong = importsBelow('shared').filter(({ to }) => /^(?:functions|local|test|bench)\//.test(to));
    expect(wrong.map(text)).toEqual([]);
  });

  it('imports @azure/functions in functions/ only', () => {
    const wrong = importsBelow('shared').filter(({ to }) => to.startsWith('@azure/functions'));
    expect(wrong.map(text)).toEqual([]);
  });

  it('imports Azure SDKs in adapters, resource files and the composition root only', () => {
    const wrong = [...importsBelow('shared'), ...importsBelow('functions')].filter(
      ({ from, to }) =>
        to.startsWith('@azure/') &&
        to !== '@azure/functions' &&
        !ADAPTER.test(from) &&
        !RESOURCE_FILE.test(from) &&
        !COMPOSITION_ROOT.test(from),
    );
    expect(wrong.map(text)).toEqual([]);
  });

  it('keeps local/ apart from the product', () => {
    const wrong = importsBelow('local').filter(({ to }) => /^(?:functions|shared|test)\//.test(to));
    const back = [...importsBelow('functions'), ...importsBelow('shared')].filter(({ to }) =>
      to.startsWith('local/'),
    );
    expect([...wrong, ...back].map(text)).toEqual([]);
  });

  it('keeps clock and randomness out of the pure core', () => {
    const pure = [
      ...filesBelow('shared/grants'),
      ...filesBelow('shared/config').filter((file) => !/check-config|write-schema/.test(file)),
      ...filesBelow('shared/rotation/phases'),
      'shared/rotation/next-step.ts',
    ];
    const impure = pure.filter((file) =>
      /Date\.now\(|new Date\(\)|Math\.random|randomBytes|randomUUID|process\.env/.test(
        readFileSync(file, 'utf8'),
      ),
    );
    expect(impure).toEqual([]);
  });

  it('has no dumping grounds', () => {
    const names = [...filesBelow('shared'), ...filesBelow('functions'), ...filesBelow('local')];
    expect(names.filter((name) => /(?:^|\/)(?:utils?|helpers?|common|types)(?:\/|\.ts$)/.test(name))).toEqual(
      [],
    );
  });
});
