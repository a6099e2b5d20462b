import { configDefaults, defineConfig } from 'vitest/config';

/**
 * The tests that a mutation run repeats for each mutant: those of the mutated folders that answer in milliseconds. The
 * models and the crash matrix take half a minute each, which is too long per mutant.
 */
export default defineConfig({
  test: {
    name: 'unit',
    include: [
      'test/unit/{deaths,revocation,rotation}/**/*.test.ts',
      'test/unit/audit/row-keys.test.ts',
      'test/contracts/{blocks,deaths}-memory.test.ts',
    ],
    exclude: [
      ...configDefaults.exclude,
      'test/unit/rotation/{crash-matrix,delegation-properties,machine-properties,rotation-properties}.test.ts',
      'test/unit/rotation/{storage-key-probe,table-journal-text}.test.ts',
    ],
    testTimeout: 120_000,
    isolate: false,
  },
});
