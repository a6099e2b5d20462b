import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startBroker } from './broker-process.ts';
import { issuingActs } from './demo/issuing-acts.ts';
import { leakActs } from './demo/leak-acts.ts';
import { rotationActs } from './demo/rotation-acts.ts';
import type { Stage } from './demo/stage.ts';
import { exitWithError } from './exit-with-error.ts';
import { freePorts } from './ports.ts';
import { projectFolder } from './project-paths.ts';
import { startStack } from './stack.ts';

/*
 * npm run demo: starts a separate stack in a temporary folder and plays every act. The exit code is 0 only if every act
 * went as expected.
 */

const acts = [...issuingActs, ...rotationActs, ...leakActs];

async function play(stage: Stage): Promise<number> {
  let failed = 0;
  for (const [index, act] of acts.entries()) {
    const { expected, happened } = await act.play(stage);
    const ok = expected === happened;
    if (!ok) failed += 1;
    console.log(
      `\n${index + 1}. ${act.title}\n   expected: ${expected}\n   happened: ${happened}  ${ok ? 'ok' : 'NOT AS EXPECTED'}`,
    );
  }
  console.log(`\n${acts.length - failed} acts went as expected, ${failed} did not.`);
  return failed;
}

async function main(): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'sas-token-broker-demo-'));
  const running: { stop(): Promise<void> }[] = [];
  try {
    const stack = await startStack({ folder, ports: freePorts, inMemory: true });
    running.push(stack);
    const output = openSync(join(folder, 'broker.log'), 'w');
    const broker = await startBroker(stack, { app: projectFolder, port: 0, output });
    running.unshift(broker);
    return await play({ stack, broker });
  } finally {
    for (const part of running) await part.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then((failed) => process.exit(failed === 0 ? 0 : 1), exitWithError);
