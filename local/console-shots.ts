import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startBroker } from './broker-process.ts';
import { type Browser, SIZES, signInAs, startBrowser } from './browser.ts';
import { scenes } from './console-shots/scenes.ts';
import { fillStage } from './console-shots/fill-stage.ts';
import type { Stage } from './demo/stage.ts';
import { exitWithError } from './exit-with-error.ts';
import { freePorts } from './ports.ts';
import { projectFolder } from './project-paths.ts';
import { sampleCallers } from './sample-callers.ts';
import { startStack } from './stack.ts';

/*
 * npm run console:shots: starts a separate stack with some history, and takes pictures of every screen of the console in
 * both sizes and themes. --out is their folder, --only a list of scenes, --docs takes only those that docs/console.md
 * shows, into docs/console/.
 */

const { values } = parseArgs({
  options: { out: { type: 'string' }, only: { type: 'string' }, docs: { type: 'boolean', default: false } },
});
const out = values.docs
  ? join(projectFolder, 'docs/console')
  : resolve(values.out ?? join(tmpdir(), 'console-shots'));
const only = values.only?.split(',');

async function takeAll(browser: Browser, stage: Stage): Promise<void> {
  const chosen = scenes.filter(({ name, inDocs }) =>
    values.docs ? inDocs !== undefined : (only?.includes(name) ?? true),
  );
  for (const size of Object.keys(SIZES) as (keyof typeof SIZES)[])
    for (const theme of ['light', 'dark'] as const)
      for (const scene of chosen) {
        const file = `${scene.name}-${size}-${theme}`;
        if (values.docs && scene.inDocs?.includes(`${size}-${theme}`) !== true) continue;
        const { page, context } = await browser.open(theme, size);
        try {
          const address = `${stage.broker.url}/console/${scene.at}`;
          if (scene.as === null) await page.goto(address);
          else await signInAs(page, address, sampleCallers[scene.as]?.name ?? '');
          await scene.act?.(page, stage);
          await page.waitForTimeout(500);
          await page.screenshot({ path: join(out, `${file}.png`), fullPage: scene.whole === true });
          console.log(file);
        } catch (error) {
          console.error(`${file}: ${error instanceof Error ? error.message : String(error)}`);
          await page.screenshot({ path: join(out, `${file}-failed.png`) });
          process.exitCode = 1;
        }
        await context.close();
      }
}

async function main(): Promise<void> {
  mkdirSync(out, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), 'sas-token-broker-shots-'));
  const running: { stop(): Promise<void> }[] = [];
  try {
    const stack = await startStack({ folder, ports: freePorts, inMemory: true });
    running.push(stack);
    const output = openSync(join(folder, 'broker.log'), 'w');
    const broker = await startBroker(stack, { app: projectFolder, port: 0, output });
    running.unshift(broker);
    const stage: Stage = { stack, broker };
    await fillStage(stage);
    const browser = await startBrowser();
    running.unshift({ stop: () => browser.close() });
    await takeAll(browser, stage);
  } finally {
    for (const part of running) await part.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

main().then(() => process.exit(), exitWithError);
