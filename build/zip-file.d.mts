export function zipFile(files: ReadonlyMap<string, Uint8Array>): Uint8Array;
export function unzipFile(content: Uint8Array): Map<string, Uint8Array>;
