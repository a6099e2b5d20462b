import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildStackSettings } from './broker-environment.ts';
import { exitWithError } from './exit-with-error.ts';
import { buildLocalSettings, ensureLocalSettings } from './local-settings.ts';
import { projectFolder, stackFileIn } from './project-paths.ts';
import { formatAzureStart } from './quick-start.ts';
import { type RunningStack, runStack, type StackUse } from './run-stack.ts';
import { describeStack } from './stack-description.ts';
import { writeState } from './state-file.ts';

/*
 * npm run azure: the laptop Azure without the broker, for `func start` in the project's folder. Writes
 * local.settings.json if there is none. --folder puts that file and .local/ into another folder.
 */

const { values } = parseArgs({ options: { folder: { type: 'string' } } });
const folder = resolve(values.folder ?? projectFolder);

function prepareForCoreTools({ stack, ports }: RunningStack): StackUse {
  const stackSettings = buildStackSettings(stack);
  const settings = buildLocalSettings(folder, stackSettings, ports.broker);
  const file = join(folder, 'local.settings.json');
  const outcome = ensureLocalSettings(file, settings, Object.keys(stackSettings));
  const host = `http://127.0.0.1:${ports.broker}`;
  const description = describeStack(stack, { url: `${host}/api`, admin: `${host}/admin` }, folder);
  return {
    announce: () => {
      writeState(stackFileIn(folder), description);
      console.log(formatAzureStart(description, outcome));
    },
  };
}

const use = (running: RunningStack): Promise<StackUse> => Promise.resolve(prepareForCoreTools(running));
runStack(folder, use).then(() => process.exit(0), exitWithError);
