// Appends the name of each file of dist/functions/ that this process loads to the file that LOADED_FILES names.
import { register } from 'node:module';

const hook = `
  import { appendFileSync } from 'node:fs';
  export function load(url, context, next) {
    const [, file] = /\\/dist\\/functions\\/(.+)$/.exec(url) ?? [];
    if (file !== undefined) appendFileSync(${JSON.stringify(process.env['LOADED_FILES'])}, file + '\\n');
    return next(url, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
