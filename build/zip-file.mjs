import { unzipSync, zipSync } from 'fflate';

/** The first time that a zip file can hold. fflate reads and writes local time. */
const NO_TIME = new Date(1980, 0, 1);
/** Unix, and a regular file that everyone may read: without it, some programs extract files that nobody may read. */
const UNIX = 3;
const MODE = 0o100644 << 16;

/**
 * Returns a zip file whose bytes depend on nothing but the paths and the contents: not on times, rights, or the version of
 * Node, whose own compression differs between versions and processors.
 * @param files contents by path.
 */
export function zipFile(files) {
  const options = { level: 9, mtime: NO_TIME, os: UNIX, attrs: MODE };
  return zipSync(Object.fromEntries([...files].map(([path, content]) => [path, [content, options]])));
}

/**
 * Returns the files of a zip file: contents by path, in the file's order.
 * @throws Error if it is not a zip file, is damaged, or has a path that leads out of its folder.
 */
export function unzipFile(content) {
  const files = new Map(Object.entries(unzipSync(content)));
  const strange = [...files.keys()].find((path) => /^[/\\]|\\|(?:^|\/)\.\.(?:\/|$)|^\w:/.test(path));
  if (strange !== undefined)
    throw new Error(`The zip file has a path that leads out of its folder: ${strange}`);
  return files;
}
