import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The files that take longest. They start first within their project, so that all workers finish at about the same time. */
const SLOWEST = [
  'unit/rotation/rotation-properties.test.ts',
  'unit/rotation/crash-matrix.test.ts',
  'e2e/console/house.test.ts',
  'e2e/console/screens.test.ts',
  'integration/rotation-kill.test.ts',
  'e2e/two-hosts.test.ts',
  'e2e/audit-faults.test.ts',
  'e2e/blocks.test.ts',
  'e2e/policy-revocations.test.ts',
  'e2e/rotation.test.ts',
  'e2e/delegation-orders.test.ts',
  'e2e/clients.test.ts',
  'integration/functions-host.test.ts',
];

/**
 * Sorts as Vitest does, by the durations of earlier runs, but moves the slowest files to the front, because a clean clone
 * does not know any durations. All unit tests come first, because a worker ends, with its imports, as soon as the next file
 * belongs to another project.
 */
class SlowestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = SLOWEST.findIndex((file) => moduleId.endsWith(`/test/${file}`));
      return index === -1 ? SLOWEST.length : index;
    };
    const group = ({ project }: TestSpecification) => (project.name === 'unit' ? 0 : 1);
    return (await super.sort(files)).sort(
      (one, other) => group(one) - group(other) || rank(one) - rank(other),
    );
  }
}

/** A configured sequencer would silently win over `--sequence.shuffle.files`. */
const isShuffled = process.argv.some((argument) => argument.startsWith('--sequence.shuffle'));

/** These tests need Debian's Chromium. A CI run fails without it, instead of passing with less. */
const BROWSER_TESTS = ['test/e2e/console/**', 'test/e2e/browser/**'];
const leavesOutBrowser = !existsSync('/usr/bin/chromium') && process.env['CI'] === undefined;
if (leavesOutBrowser)
  console.warn(
    `Without /usr/bin/chromium, this run leaves out ${BROWSER_TESTS.join(' and ')}: apt-get install chromium`,
  );

export default defineConfig({
  test: {
    pool: 'forks',
    // The slowest files only wait for rotations to pass, so three workers use the processor of two cores well. At full length
    // they would hold each other up until calls time out.
    maxWorkers: process.env['PROPERTY_RUNS'] === 'full' ? 2 : 3,
    // A busy machine slows everything down many times over. Only a test that hangs takes this long.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    expect: { poll: { timeout: 30_000 } },
    // Concurrent tests wait for Azure most of the time, so all of a file run at once.
    maxConcurrency: 8,
    sequence: isShuffled ? {} : { sequencer: SlowestFirst },
    // Files share their imports, which take longer than most tests. So no file may leave a timer or a spy behind.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'stack',
          include: ['test/{contracts,integration,e2e}/**/*.test.ts'],
          exclude: leavesOutBrowser ? BROWSER_TESTS : [],
          // Each try is a call or several, which slow down what the test waits for.
          expect: { poll: { interval: 200, timeout: 30_000 } },
          // One laptop Azure for the whole run. Forked workers trust its certificate; threads could not.
          globalSetup: ['test/laptop-stack.ts'],
        },
      },
    ],
  },
});
