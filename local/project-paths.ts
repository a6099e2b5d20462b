import { join } from 'node:path';

export const projectFolder = join(import.meta.dirname, '..');

/** Returns the folder of everything that a stack keeps, for a project in `folder`. */
export const stateFolderIn = (folder: string): string => join(folder, '.local');
/** Returns the file that exists while a stack is running; see `StackDescription`. */
export const stackFileIn = (folder: string): string => join(stateFolderIn(folder), 'stack.json');

/** Everything that `npm start` keeps. */
export const stateFolder = stateFolderIn(projectFolder);
export const stackFile = stackFileIn(projectFolder);
