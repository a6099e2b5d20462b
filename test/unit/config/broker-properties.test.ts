import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { brokerSchema } from '../../../shared/config/broker-schema.ts';
import { parseBrokerConfig } from '../../../shared/config/load-broker-config.ts';
import { durationSeconds } from '../../../shared/iso-time.ts';
import { propertyRuns } from '../../property-runs.ts';
import { validDocument } from './config-document.ts';

/** Every place in a document, as a path. */
function pathsOf(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [path];
  const parts = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return [path, ...parts.flatMap(([name, part]) => pathsOf(part, [...path, name]))];
}

describe('parseBrokerConfig', () => {
  test('never throws, whatever the text', () => {
    fc.assert(fc.property(fc.string(), (text) => void parseBrokerConfig(text)));
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(parseBrokerConfig(JSON.stringify(value)).ok).toBe(false);
      }),
    );
  });

  test('never throws for any value at any path, and has at least one fault if it fails', () => {
    const paths = pathsOf(validDocument()).filter((path) => path.length > 0);
    const part = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(
        '',
        'P',
        'PT',
        '*',
        '${claims.x}',
        'media/blob',
        'https://',
        'P1W',
        '__proto__',
        'constructor',
      ),
    );
    fc.assert(
      fc.property(fc.constantFrom(...paths), part, (path, value) => {
        const document: unknown = structuredClone(validDocument());
        const parent = path.slice(0, -1).reduce<unknown>((inner, name) => (inner as never)[name], document);
        (parent as Record<string | number, unknown>)[path.at(-1)!] = value;
        const result = parseBrokerConfig(JSON.stringify(document));
        if (!result.ok) expect(result.fault).not.toEqual([]);
      }),
      { numRuns: propertyRuns({ quick: 500, full: 1500 }) },
    );
  });

  test('keeps every value of a valid document', () => {
    const grant = fc.record({
      id: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
      claim: fc.stringMatching(/^[a-z]{1,8}\.[a-z]{1,8}$/),
      roles: fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 4 }),
      letters: fc.subarray(['r', 'a', 'c', 'w', 'd', 'x', 't', 'm', 'e', 'i', 'y'], { minLength: 1 }),
      maxTtl: fc.integer({ min: 1, max: 86_400 }),
      kinds: fc.subarray(['user-delegation', 'service'] as const, { minLength: 1 }),
      folder: fc.stringMatching(/^[a-z0-9-]{1,12}$/),
    });
    fc.assert(
      fc.property(fc.uniqueArray(grant, { selector: ({ id }) => id, maxLength: 5 }), (drafts) => {
        const grants = drafts.map((draft) => ({
          id: draft.id,
          callers: [{ issuer: 'entra', claims: { [draft.claim]: draft.roles } }],
          resources: [`media/blob/${draft.folder}/**`],
          permissions: draft.letters,
          kinds: draft.kinds,
          maxTtl: draft.maxTtl,
        }));
        const result = parseBrokerConfig(JSON.stringify({ ...validDocument(), grants }));
        expect(result.ok ? [] : result.fault).toEqual([]);
        if (!result.ok) return;
        result.value.config.grants.forEach((compiled, index) => {
          const draft = drafts[index]!;
          expect(compiled.id).toBe(draft.id);
          expect(compiled.callers[0]?.claims).toEqual({ [draft.claim]: draft.roles });
          expect(compiled.resources[0]?.source).toBe(`media/blob/${draft.folder}/**`);
          expect([...compiled.permissions.blob]).toEqual(draft.letters);
          expect([...compiled.kinds]).toEqual(draft.kinds);
          expect(compiled.maxTtl).toBe(draft.maxTtl);
          expect(compiled.defaultTtl).toBe(Math.min(900, draft.maxTtl));
        });
      }),
    );
  });

  test('accepts every duration that its schema accepts', () => {
    const maxTtl = brokerSchema.shape.grants.def.element.shape.maxTtl;
    const texts = fc.array(fc.constantFrom('P', 'T', '1', '20', 'W', 'D', 'H', 'M', 'S', '.'), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(texts, (parts) => {
        const text = parts.join('');
        expect(maxTtl.safeParse(text).success).toBe(durationSeconds(text) !== null);
      }),
      { numRuns: propertyRuns({ quick: 1000, full: 3000 }) },
    );
  });
});
