// Compiles, lints and expands infra/, and checks what comes out:
//   node .ci/bicep/check.mjs <bicep>
import { readdirSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { startCompiler } from './compiler.mjs';
import { expansionFaults } from './expansions.mjs';
import { fencedQueryFaults } from './kusto.mjs';
import { flexFaults } from './flex-consumption.mjs';
import { signerRoleFaults } from './signer-roles.mjs';

/** One mistake can make faults in every expansion. */
const MAX_LINES = 40;

const modules = readdirSync('infra/modules').filter((name) => name.endsWith('.bicep'));
const compiler = startCompiler(process.argv[2]);
try {
  const faults = await check();
  for (const fault of faults.slice(0, MAX_LINES)) console.error(fault);
  if (faults.length > MAX_LINES) console.error(`and ${faults.length - MAX_LINES} more`);
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  compiler.stop();
}

async function check() {
  const main = await compiler.compile(resolve('infra/main.bicep'));
  const parameters = await compiler.compileParams(resolve('infra/main.bicepparam'));
  const diagnostics = [...main.diagnostics, ...parameters.diagnostics].map(
    ({ source, range, level, code, message }) =>
      `${source}(${range.start.line + 1}): ${level} ${code}: ${message}`,
  );
  const faults = [...new Set(diagnostics), ...(await formatFaults())];
  if (!main.success) return faults;
  return [
    ...faults,
    ...flexFaults(JSON.parse(main.contents)),
    ...(await signerRoleFaults(compiler)),
    ...(await expansionFaults(compiler)),
    ...fencedQueryFaults(),
  ];
}

async function formatFaults() {
  const faults = [];
  for (const file of ['main.bicep', 'main.bicepparam', ...modules.map((name) => `modules/${name}`)]) {
    const path = `infra/${file}`;
    if ((await compiler.format(resolve(path))) !== readFileSync(path, 'utf8'))
      faults.push(`${path}: not formatted as 'bicep format' does`);
  }
  return faults;
}
