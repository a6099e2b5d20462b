import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const DOCUMENTS = [
  ...readdirSync('.').filter((name) => name.endsWith('.md')),
  ...readdirSync('docs', { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join('docs', name)),
];
const PATH =
  /(?<![.\w/])(?:shared|functions|clients|test|local|bench|infra|docs)\/[\w./-]*[\w-]\.(?:ts|json|bicep|md|py)\b/g;
const LINK = /\]\(([^)#:\s]+)(?:#[^)]*)?\)/g;
const PART_AND_FILE = /`((?:[\w-]+\/)+[\w-]+\.ts)`/g;

function missing(document: string, paths: Iterable<string>, bases: readonly string[]): string[] {
  return [...paths]
    .filter((path) => !bases.some((base) => existsSync(join(base, path))))
    .map((path) => `${document}: ${path}`);
}

describe('the documents', () => {
  it('are found', () => {
    expect(DOCUMENTS).toContain('README.md');
    expect(DOCUMENTS).toContain('docs/architecture.md');
  });

  it('link to files that exist', () => {
    const dangling = DOCUMENTS.flatMap((document) => {
      const links = [...readFileSync(document, 'utf8').matchAll(LINK)].map(([, link = '']) => link);
      return missing(document, links, [dirname(document)]);
    });
    expect(dangling).toEqual([]);
  });

  it('name source files that exist', () => {
    const stale = DOCUMENTS.flatMap((document) => {
      const paths = [...readFileSync(document, 'utf8').matchAll(PATH)].map(([path]) => path);
      return missing(document, new Set(paths), ['.', dirname(document)]);
    });
    expect(stale).toEqual([]);
  });

  it('name files of shared/ by folder as they are', () => {
    const text = readFileSync('docs/architecture.md', 'utf8');
    const paths = [...text.matchAll(PART_AND_FILE)].map(([, path = '']) => path);
    expect(paths.length).toBeGreaterThan(20);
    expect(missing('docs/architecture.md', new Set(paths), ['.', 'shared', 'functions', 'test'])).toEqual([]);
  });
});
