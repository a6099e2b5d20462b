import { join } from 'node:path';

export const projectFolder = join(import.meta.dirname, '..');
/** Everything that `npm start` keeps. */
export const stateFolder = join(projectFolder, '.local');
/** Exists while a stack is running; see `StackDescription`. */
export const stackFile = join(stateFolder, 'stack.json');
