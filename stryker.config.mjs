/**
 * `npm run mutation` changes the code of what ends tokens, one small change at a time, and reports each change that no
 * test notices. Adapters (`table-…`, `arm-…`, `key-vault-…`, `storage-…`) are left out: only the laptop Azure tests them.
 */
export default {
  testRunner: 'vitest',
  // Coverage says which tests a mutant needs; to search the imports as well takes longer than the tests.
  vitest: { configFile: 'vitest.mutation.config.ts', related: false },
  mutate: [
    'shared/{deaths,revocation,rotation}/**/*.ts',
    'shared/audit/row-keys.ts',
    '!shared/**/{table,arm,key-vault,storage}-*.ts',
  ],
  // Half of all strings are messages, whose words no test repeats. The rest are members of unions, which `tsc` checks.
  mutator: { excludedMutations: ['StringLiteral'] },
  coverageAnalysis: 'perTest',
  // A constant is made once per file, before any test starts, so each of its mutants would need every test.
  ignoreStatic: true,
  concurrency: 2,
  // Generous, because a slow machine must not count as a test that noticed.
  timeoutMS: 60_000,
  timeoutFactor: 5,
  dryRunTimeoutMinutes: 10,
  disableTypeChecks: false,
  incremental: true,
  incrementalFile: 'reports/mutation/incremental.json',
  reporters: ['clear-text', 'html', 'json', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  htmlReporter: { fileName: 'reports/mutation/index.html' },
  jsonReporter: { fileName: 'reports/mutation/mutation.json' },
  ignorePatterns: ['.local', 'bench', 'dist', 'infra', 'reports'],
  tempDirName: '.stryker-tmp',
  allowEmpty: false,
};
