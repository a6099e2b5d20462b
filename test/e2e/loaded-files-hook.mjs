// Appends each file of dist/functions/ that this process loads to the file that LOADED_FILES names, after the time in milliseconds.
import { register } from 'node:module';

const hook = `
  import { appendFileSync } from 'node:fs';
  export function load(url, context, next) {
    const [, file] = /\\/dist\\/functions\\/(.+)$/.exec(url) ?? [];
    if (file !== undefined)
      appendFileSync(${JSON.stringify(process.env['LOADED_FILES'])}, Date.now() + ' ' + file + '\\n');
    return next(url, context);
  }`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
